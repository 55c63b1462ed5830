import type { Command } from 'commander';
import {
  type DeviceChoice,
  deviceOption,
  type OptimizationLevel,
  optimizationOption,
  parseCount,
  parseCounts,
  parsePositive,
  parseShape,
  parseTolerance,
} from '../arguments.js';
import { benchText } from '../ui/bench-text.js';
import { print, printJson } from '../ui/print.js';
import { progress } from '../ui/progress.js';

interface BenchFlags {
  readonly device: readonly DeviceChoice[];
  readonly batch?: readonly number[];
  readonly shape?: ReadonlyMap<string, readonly number[]>;
  readonly optimization: OptimizationLevel;
  readonly threads?: number;
  readonly time: number;
  readonly runs?: number;
  readonly warmup: number;
  readonly memory: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
Two models are run in turns, so that whatever else the machine does meets both; their ratio is the median over pairs of
runs with its 95 % interval. Times are of this machine and this moment. How long a model takes to open and to run first,
and its peak memory, are measured in a process that runs the model alone; a GPU's own memory is not in it. Where the
batch is open, it is 1 by default.

Examples:
  $ reparam bench model.onnx
  $ reparam bench branched.onnx merged.onnx
  $ reparam bench branched.onnx merged.onnx --device cpu,webgpu --batch 1,8 --json`;

async function bench(a: string, b: string | undefined, flags: BenchFlags): Promise<void> {
  const { benchModels } = await import('../../src/timing/index.js');
  const { resolveDevices } = await import('../../src/runtime/index.js');
  const { batch, shape, optimization, threads, time, runs, warmup, memory } = flags;
  const bar = progress('bench', flags.quiet ?? flags.json);
  try {
    const report = await benchModels(a, b ?? null, {
      devices: await resolveDevices(flags.device),
      optimization,
      seconds: time,
      warmup,
      memory,
      onProgress: bar.update,
      ...(batch === undefined ? {} : { batches: [...new Set(batch)] }),
      ...(shape === undefined ? {} : { shapes: shape }),
      ...(threads === undefined ? {} : { threads }),
      ...(runs === undefined ? {} : { runs }),
    });
    bar.stop();
    if (flags.json) printJson({ a, b: b ?? null, ...report });
    else print(benchText(a, b ?? null, report));
  } finally {
    bar.stop();
  }
}

export function addBench(program: Command): void {
  program
    .command('bench')
    .summary('measure how fast models run')
    .description('Runs one or two models, warmed up and in turns, and compares their times.')
    .argument('<A>', 'an ONNX file')
    .argument('[B]', 'another one with the same inputs')
    .addOption(deviceOption('they run'))
    .option('--batch <list>', 'lengths of the batch, separated by commas', parseCounts)
    .option('--shape <name:dims>', 'shape of an input with open lengths; repeatable', parseShape)
    .addOption(optimizationOption('them'))
    .option('--threads <n>', 'threads an operator may use', parsePositive)
    .option('--time <seconds>', 'how long each device and batch is run', parseTolerance, 5)
    .option('--runs <n>', 'that many runs instead', parsePositive)
    .option('--warmup <n>', 'runs that are not counted, beside the first', parseCount, 2)
    .option('--no-memory', 'start no processes that measure memory')
    .option('--json', 'print everything as JSON')
    .option('-q, --quiet', 'no progress bar')
    .addHelpText('after', details)
    .action(bench);
}
