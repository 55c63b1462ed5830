/**
 * `npm run bench:parity -- --data FOLDER --python PYTHON`: trains networks from the same weights on the same batches of
 * CIFAR-10 here and in PyTorch. How far is each from the same run in double precision, and do the losses of longer runs
 * agree?
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { table } from '../cli/ui/table.js';
import { buildModel } from '../src/models/index.js';
import type { Tensor } from '../src/tensor/index.js';
import { median } from '../src/timing/index.js';
import { type Outcome, prepare, runOurs, runPyTorch, type SameRun } from './train/same-run.js';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    nets: { type: 'string', default: 'vgg11,resnet18_cifar' },
    batch: { type: 'string', default: '128' },
    seeds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '1,10' },
    rate: { type: 'string', default: '0.05' },
    curve: { type: 'string', default: '200' },
    'curve-rate': { type: 'string', default: '0.01' },
    portable: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const { data, python, portable } = options;
if (data === undefined) throw new Error('--data FOLDER of CIFAR-10 in its binary form is needed');
const batchSize = Number(options.batch);
const snapshots = options.steps.split(',').map(Number);
/** Of PyTorch. */
let version = '';

/** `‖x − reference‖ ÷ ‖reference‖` */
function distance(x: Tensor, reference: Tensor): number {
  const [values, exact] = [x.toFloats(), reference.toFloats()];
  let [error, norm] = [0, 0];
  for (let i = 0; i < exact.length; i++) {
    error += ((values[i] as number) - (exact[i] as number)) ** 2;
    norm += (exact[i] as number) ** 2;
  }
  return Math.sqrt(error / norm);
}

const kindOf = (name: string): string => {
  if (name === 'outputs') return name;
  if (name.startsWith('momentum.')) return 'momenta';
  return /running_(mean|var)$/.test(name) ? 'statistics' : 'parameters';
};

/** Errors of a tensor after a step, against the run in double precision. */
interface TensorErrors {
  readonly net: string;
  readonly seed: number;
  readonly step: number;
  readonly name: string;
  readonly kind: string;
  readonly ours: number;
  readonly torch: number;
  /** PyTorch once more, with the other layout of images in memory, for which it has kernels of its own. */
  readonly channelsLast: number;
}

interface Plan {
  readonly net: string;
  readonly seed: number;
  readonly steps: number;
  /** Steps after which the state is wanted. */
  readonly snapshots: readonly number[];
  readonly rate: number;
}

async function withRun<T>(
  { net, seed, steps, snapshots, rate }: Plan,
  use: (run: SameRun) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'reparam-parity-'));
  try {
    const model = buildModel(net, { classes: 10, seed });
    const same = { net, model, folder, batchSize, rate, snapshots };
    return await use(await prepare(same, data as string, steps, seed));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function errorsOf(net: string, seed: number): Promise<TensorErrors[]> {
  const steps = Math.max(...snapshots);
  const plan = { net, seed, steps, snapshots, rate: Number(options.rate) };
  return withRun(plan, async (run) => {
    const exact = await runPyTorch(run, python, 'float64');
    version = exact.torch ?? '';
    const runs = {
      ours: await runOurs(run, portable),
      torch: await runPyTorch(run, python, 'float32'),
      channelsLast: await runPyTorch(run, python, 'float32', 'channels_last'),
    };
    return snapshots.flatMap((step) =>
      [...(exact.states.get(step) ?? [])].map(([name, reference]) => {
        const of = ({ states }: Outcome): number =>
          distance(states.get(step)?.get(name) as Tensor, reference);
        const errors = {
          ours: of(runs.ours),
          torch: of(runs.torch),
          channelsLast: of(runs.channelsLast),
        };
        return { net, seed, step, name, kind: kindOf(name), ...errors };
      }),
    );
  });
}

const seeds = Array.from({ length: Number(options.seeds) }, (_, i) => i + 1);
const nets = options.nets.split(',');
const errors: TensorErrors[] = [];
for (const net of nets) {
  for (const seed of seeds) {
    console.error(`${net}, seed ${seed} …`);
    errors.push(...(await errorsOf(net, seed)));
  }
}

/** Ratios of errors over all seeds: of each tensor the quotient of its root mean squares. */
function ratios(group: readonly TensorErrors[], by: 'ours' | 'channelsLast'): number[] {
  const rms = (name: string, key: 'ours' | 'torch' | 'channelsLast'): number =>
    Math.hypot(...group.filter((e) => e.name === name).map((e) => e[key]));
  return [...new Set(group.map(({ name }) => name))].map((n) => rms(n, by) / rms(n, 'torch'));
}

function row(net: string, step: number, kind: string): string[] {
  const group = errors.filter((e) => e.net === net && e.step === step && e.kind === kind);
  const own = ratios(group, 'ours');
  const again = ratios(group, 'channelsLast');
  const size = median(group.map((e) => e.torch)).toExponential(1);
  const of = (all: readonly number[]) => [
    median([...all]).toFixed(2),
    Math.max(...all).toFixed(2),
    `${all.filter((ratio) => ratio > 2).length} of ${all.length}`,
  ];
  return [net, String(step), kind, size, ...of(own), ...of(again)];
}

const headings = ['network', '>step', 'tensors', '>error of PyTorch'];
for (const whose of ['ours', 'channels last']) {
  headings.push(`>${whose}: median`, '>worst', '>above 2');
}
const kinds = ['outputs', 'parameters', 'statistics', 'momenta'];
if (seeds.length > 0) {
  const rows = nets.flatMap((net) =>
    snapshots.flatMap((step) => kinds.map((kind) => row(net, step, kind))),
  );
  console.log(
    `Batches of ${batchSize}, seeds ${seeds.join(', ')}: error ÷ error of PyTorch in float32\n`,
  );
  console.log(table(headings, rows));
}

const mean = (values: readonly number[]): number =>
  values.reduce((a, b) => a + b, 0) / values.length;

interface Curve {
  readonly net: string;
  readonly ours: readonly number[];
  readonly torch: readonly number[];
  readonly channelsLast: readonly number[];
}

const curves: Curve[] = [];
for (const net of Number(options.curve) > 0 ? nets : []) {
  console.error(`${net}, ${options.curve} steps …`);
  const rate = Number(options['curve-rate']);
  const plan = { net, seed: 0, steps: Number(options.curve), snapshots: [], rate };
  await withRun(plan, async (run) => {
    const torch = await runPyTorch(run, python, 'float32');
    const channelsLast = await runPyTorch(run, python, 'float32', 'channels_last');
    const ours = await runOurs(run, portable);
    version = torch.torch ?? '';
    curves.push({ net, ours: ours.losses, torch: torch.losses, channelsLast: channelsLast.losses });
  });
}
if (curves.length > 0) {
  console.log(`\nLosses over ${options.curve} steps: means of 50 steps\n`);
  const blocks = Array.from({ length: Number(options.curve) / 50 }, (_, i) => i * 50);
  console.log(
    table(
      ['network', 'run', ...blocks.map((start) => `>${start + 1} – ${start + 50}`)],
      curves.flatMap(({ net, ...runs }) =>
        Object.entries(runs).map(([run, losses]) => [
          net,
          run,
          ...blocks.map((start) => mean(losses.slice(start, start + 50)).toFixed(4)),
        ]),
      ),
    ),
  );
}
if (options.json) {
  console.log(JSON.stringify({ torch: version, node: process.version, batchSize, errors, curves }));
}
