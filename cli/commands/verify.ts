import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import type {
  Certificate,
  CertificateReport,
  CompareOptions,
  VerifyReport,
} from '../../src/verify/index.js';
import { parseCount, parsePositive, parseShape, parseTolerance } from '../arguments.js';
import { certificateText } from '../ui/certificate-text.js';
import { exitCodes } from '../ui/failure.js';
import { print, printError, printJson } from '../ui/print.js';
import { stagedProgress } from '../ui/progress.js';
import { verifyText } from '../ui/verify-text.js';

interface VerifyOptions {
  readonly seed: number;
  readonly runs: number;
  readonly shape?: ReadonlyMap<string, readonly number[]>;
  readonly atol?: number;
  readonly rtol?: number;
  readonly certificate?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
The inputs are seeded: normal, uniform, constant, impulses, borders, large and denormal. The tolerance is
derived from the models' arithmetic (reduction lengths, unit roundoff, measured amplification) unless --atol
or --rtol replace it: then |b - a| <= atol + rtol * |a| decides.

With --certificate, the proof that reparam merge wrote is checked too, from the two files alone: their SHA-256,
every merged region on fresh test images in both of them, and that nothing else was changed.

Exit codes:
  0  the models agree, and the certificate is valid
  1  they differ, or the certificate is not valid
  2  wrong usage, or a file that cannot be read or run

Examples:
  $ reparam verify branched.onnx merged.onnx
  $ reparam verify branched.onnx merged.onnx --certificate merged.json
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

async function readCertificate(path: string): Promise<Certificate> {
  const { parseCertificate } = await import('../../src/verify/index.js');
  return parseCertificate(await readFile(path, 'utf8'));
}

interface Findings {
  readonly report: VerifyReport;
  /** Null when no certificate was given. */
  readonly certificate: CertificateReport | null;
}

async function examine(a: string, b: string, options: VerifyOptions): Promise<Findings> {
  const { checkCertificate, compareModels } = await import('../../src/verify/index.js');
  // Read first: a certificate that cannot be read is known at once.
  const claimed = options.certificate ? await readCertificate(options.certificate) : null;
  const bars = stagedProgress(options.quiet);
  const onProgress = (stage: string) => (done: number, total: number) =>
    bars.update(stage, done, total);
  try {
    const compareOptions = { ...toCompareOptions(options), onProgress: onProgress('verify') };
    const report = await compareModels({ path: a }, { path: b }, compareOptions);
    const checkOptions = { onProgress: onProgress('certificate') };
    const certificate = claimed && (await checkCertificate(a, b, claimed, checkOptions));
    return { report, certificate };
  } finally {
    bars.stop();
  }
}

async function verify(a: string, b: string, options: VerifyOptions): Promise<void> {
  const { report, certificate } = await examine(a, b, options);
  if (options.json) printJson({ a, b, ...report, ...(certificate ? { certificate } : {}) });
  else {
    if (report.status === 'unrunnable') printError(verifyText(a, b, report));
    else if (!options.quiet) print(verifyText(a, b, report));
    if (certificate && !options.quiet) print(`\n${certificateText(certificate)}`);
  }
  const certified = certificate?.status === 'invalid' ? exitCodes.checkFailed : exitCodes.ok;
  process.exitCode = Math.max(exitCodeOf[report.status], certified);
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
    .option('--certificate <file>', 'check the certificate of a merge too')
    .option('--json', 'print the whole report as JSON')
    .option('-q, --quiet', 'print nothing; the exit code is the answer')
    .addHelpText('after', details)
    .action(verify);
}
