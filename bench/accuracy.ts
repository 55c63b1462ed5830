/**
 * `npm run bench:accuracy -- FOLDER`: trains ResNet-20 on CIFAR-10 (binary layout) with the command line and with PyTorch,
 * by the same recipe and over several seeds, and prints the accuracies of both. The two train side by side, with one thread
 * each unless `--threads` says otherwise. What is there already is not trained again.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isEpoch, readMetrics } from '../src/train/metrics/index.js';
import { readRun } from '../src/train/runs/index.js';

interface Epoch {
  readonly epoch: number;
  readonly trainLoss: number;
  /** 0 to 1. */
  readonly valAccuracy: number;
  readonly seconds: number;
}

const program = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const script = fileURLToPath(new URL('../../bench/train/pytorch_accuracy.py', import.meta.url));

/** Runs a program to its end. @returns what it printed */
async function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
  });
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
  return text;
}

interface Plan {
  readonly data: string;
  readonly epochs: number;
  readonly threads: number;
  readonly out: string;
}

/** The command that a user would type. */
const trainArgs = ({ data, epochs, threads }: Plan, seed: number, folder: string): string[] => [
  ...['train', '--model', 'resnet20', '--data', `cifar10:${data}`, '--augment', 'crop=4,flip'],
  ...['--epochs', String(epochs), '--seed', String(seed), '--workers', '1'],
  ...['--threads', String(threads), '-o', folder],
];

async function ours(plan: Plan, seed: number): Promise<Epoch[]> {
  const folder = join(plan.out, `reparam-${plan.epochs}-${seed}`);
  const known = existsSync(folder) ? await readRun(folder) : null;
  if (known?.state !== 'finished') {
    const threads = ['--threads', String(plan.threads)];
    const args = known ? ['train', '--resume', folder, ...threads] : trainArgs(plan, seed, folder);
    await run(process.execPath, [program, ...args]);
  }
  return readMetrics(join(folder, 'metrics.jsonl'))
    .filter(isEpoch)
    .map(({ epoch, trainLoss, valAccuracy, seconds }) => ({
      ...{ epoch, seconds },
      trainLoss: trainLoss ?? Number.NaN,
      valAccuracy: valAccuracy ?? Number.NaN,
    }));
}

async function pytorch({ data, epochs, threads, out }: Plan, seed: number): Promise<Epoch[]> {
  const file = join(out, `pytorch-${epochs}-${seed}.jsonl`);
  if (!existsSync(file)) {
    const options = { epochs, seed, threads };
    const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const lines = await run(process.env.PYTHON ?? 'python3', [script, data, ...flags]);
    writeFileSync(`${file}.part`, lines);
    renameSync(`${file}.part`, file);
  }
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Epoch);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard deviation of a sample. */
const spread = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1));

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: 'string', default: '10' },
    seeds: { type: 'string', default: '0,1,2' },
    threads: { type: 'string', default: '1' },
    out: { type: 'string', default: 'build/accuracy' },
  },
});
const [data = ''] = positionals;
const [epochs, seeds] = [Number(values.epochs), values.seeds.split(',').map(Number)];
const plan = { data, epochs, threads: Number(values.threads), out: values.out };
mkdirSync(values.out, { recursive: true });
const results: { seed: number; ours: Epoch[]; pytorch: Epoch[] }[] = [];
for (const seed of seeds) {
  const [mine, theirs] = await Promise.all([ours(plan, seed), pytorch(plan, seed)]);
  results.push({ seed, ours: mine, pytorch: theirs });
}

const last = (curve: readonly Epoch[]): number => curve.at(-1)?.valAccuracy ?? Number.NaN;
console.log('\n| Seed | onnx-reparam | PyTorch |\n| --- | --- | --- |');
for (const { seed, ours: a, pytorch: b } of results) {
  console.log(`| ${seed} | ${percent(last(a))} | ${percent(last(b))} |`);
}
const finals = [results.map((r) => last(r.ours)), results.map((r) => last(r.pytorch))] as const;
const summary = finals.map((all) => `${percent(mean(all))} ± ${percent(spread(all))}`);
console.log(`| mean ± standard deviation | ${summary.join(' | ')} |`);
console.log(`\ndifference of the means: ${percent(mean(finals[0]) - mean(finals[1]))}`);
console.log(
  '\n| Epoch | loss | accuracy | PyTorch: loss | accuracy |\n| --- | --- | --- | --- | --- |',
);
for (let e = 0; e < epochs; e++) {
  const at = (key: 'ours' | 'pytorch', figure: 'trainLoss' | 'valAccuracy'): number =>
    mean(results.map((result) => result[key][e]?.[figure] ?? Number.NaN));
  const cells = (['ours', 'pytorch'] as const).flatMap((key) => [
    at(key, 'trainLoss').toFixed(4),
    percent(at(key, 'valAccuracy')),
  ]);
  console.log(`| ${e + 1} | ${cells.join(' | ')} |`);
}
