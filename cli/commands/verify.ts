import type { Command } from 'commander';
import type { CompareOptions, VerifyReport } from '../../src/verify/index.js';
import { parseCount, parsePositive, parseShape, parseTolerance } from '../arguments.js';
import { exitCodes } from '../ui/failure.js';
import { print, printError, printJson } from '../ui/print.js';
import { progress } from '../ui/progress.js';
import { verifyText } from '../ui/verify-text.js';

interface VerifyOptions {
  readonly seed: number;
  readonly runs: number;
  readonly shape?: ReadonlyMap<string, readonly number[]>;
  readonly atol?: number;
  readonly rtol?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
The inputs are seeded: normal, uniform, constant, impulses, borders, large and denormal. The tolerance is
derived from the models' arithmetic (reduction lengths, unit roundoff, measured amplification) unless --atol
or --rtol replace it: then |b - a| <= atol + rtol * |a| decides.

Exit codes:
  0  the models agree
  1  they differ
  2  wrong usage, or a model that cannot be read or run

Examples:
  $ reparam verify branched.onnx merged.onnx
  $ reparam verify a.onnx b.onnx --shape images:1x3x640x640 --runs 5
  $ reparam verify a.onnx b.onnx --atol 1e-4 --rtol 1e-3 --json`;

function toCompareOptions(options: VerifyOptions): CompareOptions {
  const { seed, runs, shape, atol, rtol } = options;
  const given = atol !== undefined || rtol !== undefined;
  return {
    seed,
    runs,
    ...(shape === undefined ? {} : { shapes: shape }),
    ...(given ? { tolerance: { absolute: atol ?? 0, relative: rtol ?? 0 } } : {}),
  };
}

const exitCodeOf: Record<VerifyReport['status'], number> = {
  equal: exitCodes.ok,
  different: exitCodes.checkFailed,
  incomparable: exitCodes.checkFailed,
  unrunnable: exitCodes.badInput,
};

async function verify(a: string, b: string, options: VerifyOptions): Promise<void> {
  const { compareModels } = await import('../../src/verify/index.js');
  const bar = progress('verify', options.quiet);
  let report: VerifyReport;
  try {
    report = await compareModels(
      { path: a },
      { path: b },
      { ...toCompareOptions(options), onProgress: (done, total) => bar.update(done, total) },
    );
  } finally {
    bar.stop();
  }
  if (options.json) printJson({ a, b, ...report });
  else if (report.status === 'unrunnable') printError(verifyText(a, b, report));
  else if (!options.quiet) print(verifyText(a, b, report));
  process.exitCode = exitCodeOf[report.status];
}

export function addVerify(program: Command): void {
  program
    .command('verify')
    .summary('check that two models compute the same function')
    .description('Runs two models on the same inputs and compares their outputs.')
    .argument('<A>', 'the reference, an ONNX file')
    .argument('<B>', 'the model to hold against it')
    .option('--seed <n>', 'seed of the first round of inputs', parseCount, 0)
    .option('--runs <n>', 'how often each kind of input is drawn', parsePositive, 1)
    .option('--shape <name:dims>', 'shape of an input with open lengths; repeatable', parseShape)
    .option('--atol <x>', 'absolute tolerance, instead of the derived one', parseTolerance)
    .option('--rtol <x>', 'relative tolerance, instead of the derived one', parseTolerance)
    .option('--json', 'print the whole report as JSON')
    .option('-q, --quiet', 'print nothing; the exit code is the answer')
    .addHelpText('after', details)
    .action(verify);
}
