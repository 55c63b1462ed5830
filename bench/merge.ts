/**
 * `npm run bench:merge`: how long the command line takes to merge models of several sizes, how much memory it holds
 * meanwhile, and how much faster the merged models run. Everything is printed as a ratio of figures of the same run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formatBytes } from '../cli/ui/format.js';
import { table } from '../cli/ui/table.js';
import { opCounts } from '../src/ir/index.js';
import { loadModel } from '../src/onnx/index.js';
import { median } from '../src/timing/index.js';
import { compareLatency, type LatencyRatio } from './latency.js';
import {
  bytesOf,
  filesOf,
  type MeasuredRun,
  runMeasured,
  timeReadAndWrite,
} from './measured-run.js';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10,100,500' },
    families: { type: 'string', default: 'repvgg,dbb' },
    tries: { type: 'string', default: '3' },
    folder: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
});

const list = (text: string): string[] => text.split(',').filter((item) => item !== '');
const tries = Number(options.tries);
if (!(tries >= 1)) throw new Error('--tries must be 1 or more');

interface Conversion {
  readonly model: string;
  readonly bytes: number;
  readonly externalData: boolean;
  readonly convBefore: number;
  readonly convAfter: number;
  /** Medians of all tries. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** To a plain read and write of the same bytes just before. */
  readonly readAndWriteRatio: number;
  readonly peakBytes: number;
  readonly peakRatio: number;
}

async function convCount(path: string): Promise<number> {
  return opCounts(await loadModel(path)).get('Conv') ?? 0;
}

async function measure(model: string, input: string, output: string): Promise<Conversion> {
  const merges: MeasuredRun[] = [];
  const ratios: number[] = [];
  for (let i = 0; i < tries; i++) {
    const copySeconds = await timeReadAndWrite(input, folder);
    const args = ['merge', input, '-o', output, '-q'];
    const merge = await runMeasured('../cli/main.js', args, folder);
    merges.push(merge);
    ratios.push(merge.seconds / copySeconds);
  }
  const bytes = bytesOf(input);
  const peakBytes = median(merges.map((merge) => merge.peakBytes));
  return {
    model,
    bytes,
    externalData: filesOf(input).length > 1,
    convBefore: await convCount(input),
    convAfter: await convCount(output),
    seconds: median(merges.map((merge) => merge.seconds)),
    cpuSeconds: median(merges.map((merge) => merge.cpuSeconds)),
    readAndWriteRatio: median(ratios),
    peakBytes,
    peakRatio: peakBytes / bytes,
  };
}

function row(c: Conversion): string[] {
  return [
    c.model,
    formatBytes(c.bytes) + (c.externalData ? ' external' : ''),
    `${c.convBefore} → ${c.convAfter}`,
    c.seconds.toFixed(1),
    c.cpuSeconds.toFixed(1),
    c.readAndWriteRatio.toFixed(1),
    formatBytes(c.peakBytes),
    c.peakRatio.toFixed(2),
  ];
}

const headings = [
  ...['network', '>file', '>Conv', '>merge s', '>CPU s'],
  ...['>÷ read + write', '>peak memory', '>÷ file'],
];

/** Networks at their own size, by the family that they belong to. */
const networks = { dbb: 'DBB-ResNet-18', repvgg: 'RepVGG-A0', mobileone: 'MobileOne-S0' } as const;

const folder = mkdtempSync(join(options.folder, 'reparam-bench-'));
const input = join(folder, 'branched.onnx');
const output = join(folder, 'merged.onnx');
const conversions: Conversion[] = [];
const latencies: (LatencyRatio & { readonly network: string })[] = [];

async function build(family: string, megabytes: string): Promise<void> {
  for (const path of [...filesOf(input), ...filesOf(output)]) rmSync(path);
  console.error(`${family} ${megabytes === '-' ? '' : `${megabytes} MB `}…`);
  await runMeasured('./build-branched.js', [family, megabytes, input], folder);
}

try {
  for (const family of list(options.families)) {
    for (const size of list(options.sizes)) {
      await build(family, size);
      conversions.push(await measure(family, input, output));
    }
  }
  for (const [family, network] of Object.entries(networks)) {
    await build(family, '-');
    conversions.push(await measure(network, input, output));
    latencies.push({ network, ...(await compareLatency(input, output)) });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(`Merging through the command line, medians of ${tries} runs\n`);
console.log(table(headings, conversions.map(row)));
console.log('\nLatency in onnxruntime, branched ÷ merged, medians of interleaved runs\n');
console.log(
  table(
    ['network', '>ratio', '>95 % interval', '>runs'],
    latencies.map(({ network, ratio, interval, runs }) => [
      network,
      ratio.toFixed(2),
      interval.map((value) => value.toFixed(2)).join(' … '),
      String(runs),
    ]),
  ),
);
if (options.json) {
  const machine = {
    cpus: availableParallelism(),
    node: process.version,
    platform: process.platform,
  };
  console.log(JSON.stringify({ machine, tries, conversions, latencies }));
}
