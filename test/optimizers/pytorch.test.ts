import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { squaredNorm, TypedBuilder, times } from '../../src/autodiff/index.js';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import {
  eachParameter,
  type OptimizerOptions,
  type OptimizerType,
  optimizerTypes,
} from '../../src/optimizers/index.js';
import { momentum } from '../../src/optimizers/momentum.js';
import { runModel } from '../../src/runtime/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { losses } from '../../src/train/losses/index.js';
import { buildTrainingStep, openStep } from '../../src/train/step/index.js';
import { noise } from '../models/noise.js';
import { relativeError } from '../models/stored.js';

/** A run of ten steps by PyTorch, see fixtures/exporters/optimizers.py. */
interface StoredRun {
  readonly optimizer: string;
  readonly options: OptimizerOptions;
  readonly noDecay?: readonly string[];
  readonly averageDecay?: number;
  readonly lr: number;
  /** In double precision: parameters, what the optimizer keeps, averages. */
  readonly state: Readonly<Record<string, readonly number[]>>;
}

const path = join(import.meta.dirname, '../../fixtures/train/optimizers.json');
const runs = (JSON.parse(readFileSync(path, 'utf8')) as StoredRun[]).map((run) => {
  const { optimizer, options, noDecay, averageDecay } = run;
  const title = JSON.stringify({ ...options, noDecay, averageDecay });
  return { ...run, title: `${optimizer} ${title.replaceAll('"', '')}` };
});

const [batchSize, inputs, hidden, outputs] = [4, 4, 5, 3];

/** fc2(tanh(fc1(x))) */
function network(): Model {
  const b = new GraphBuilder();
  const linear = (x: ReturnType<typeof b.input>, name: string, from: number, to: number) => {
    const weight = b.floats([to, from], noise(`${name}.weight`, to * from), `${name}.weight`);
    const bias = b.floats([to], noise(`${name}.bias`, to), `${name}.bias`);
    return b.op('Gemm', [x, weight, bias], { transB: 1 });
  };
  const x = b.input('images', ['N', inputs]);
  b.output(linear(b.op('Tanh', [linear(x, 'fc1', inputs, hidden)]), 'fc2', hidden, outputs));
  return b.model();
}

const typeOf = (name: string): OptimizerType => optimizerTypes.find((type) => type.name === name)!;

/** Largest error of any tensor of the state after ten steps, relative to its largest element. */
async function worstError(
  run: StoredRun,
  changed: OptimizerOptions = {},
  optimizer = typeOf(run.optimizer),
): Promise<number> {
  const { noDecay, averageDecay } = run;
  const step = buildTrainingStep(network(), {
    batchSize,
    loss: losses.find(({ name }) => name === 'mse')!,
    optimizer,
    optimizerOptions: { ...run.options, ...changed },
    ...(noDecay && { noDecay }),
    ...(averageDecay !== undefined && { averageDecay }),
  });
  const open = await openStep(step);
  try {
    for (let i = 1; i <= 10; i++) {
      const images = Float32Array.from(noise(`images.${i}`, batchSize * inputs));
      const rows = Float32Array.from(noise(`targets.${i}`, batchSize * outputs));
      const rate = run.lr * (1 - (i - 1) / 20);
      await open.run({ images, targets: rows.map((t) => 3 * t) }, { step: i, rate });
    }
    const state = await open.state();
    expect([...state.keys()].sort()).toEqual(Object.keys(run.state).sort());
    const errors = [...state].map(([name, x]) => relativeError(x.toNumbers(), run.state[name]!));
    return Math.max(...errors);
  } finally {
    await open.release();
  }
}

test.each(runs)('ten steps of $title', async (run) => {
  expect(await worstError(run)).toBeLessThan(5e-6);
});

const storedRun = (name: string, options: OptimizerOptions): StoredRun =>
  runs.find((run) => {
    return run.optimizer === name && JSON.stringify(run.options) === JSON.stringify(options);
  })!;

/** Faults that have been made elsewhere, or that are easily made. */
const faults: readonly [string, OptimizerOptions, OptimizerOptions][] = [
  ['sgd', { momentum: 0.9, dampening: 0.3, weightDecay: 0.1 }, { dampening: 0.301 }],
  ['sgd', { momentum: 0.9, nesterov: true, weightDecay: 0.1 }, { nesterov: false }],
  ['sgd', { momentum: 0.9, weightDecay: 0.1, decoupled: true }, { decoupled: false }],
  ['adamw', { weightDecay: 0.1 }, { decoupled: false }],
  ['adam', { betas: [0.8, 0.95], eps: 0.01, weightDecay: 0.1 }, { eps: 0.0101 }],
  ['rmsprop', { centered: true }, { centered: true, eps: 1e-4 }],
  ['lion', { betas: [0.8, 0.95], weightDecay: 0.1 }, { betas: [0.95, 0.8] }],
];

test.each(faults)(
  'the comparison notices other options of %s: %o with %o',
  async (name, options, changed) => {
    const run = storedRun(name, options);
    expect(await worstError(run, changed)).toBeGreaterThan(1e-4);
  },
);

test('the comparison notices dampening in the first step', async () => {
  const run = storedRun('sgd', { momentum: 0.9, dampening: 0.3, weightDecay: 0.1 });
  const dampened = eachParameter('dampening', ({ builder }, { value }) =>
    times(builder, value, 0.7),
  );
  const directions = () => [dampened, momentum({ momentum: 0.9 })];
  expect(await worstError(run, {}, { ...typeOf('sgd'), directions })).toBeGreaterThan(1e-3);
});

test('centred RMSprop survives a gradient that stays the same, whose variance is rounding', async () => {
  const b = new GraphBuilder();
  const weight = b.floats([3, 2], [0.1, 0.7, 0.3, 0.9, 0.2, 0.6], 'weight');
  b.output(b.op('MatMul', [b.input('x', ['N', 3]), weight]));
  const step = buildTrainingStep(b.model(), {
    batchSize: 1,
    loss: losses.find(({ name }) => name === 'mse')!,
    optimizer: typeOf('rmsprop'),
    optimizerOptions: { centered: true, alpha: 0.9 },
  });
  const open = await openStep(step);
  const batch = { images: Float32Array.of(0.3, 1.7, -0.9), targets: Float32Array.of(2, -3) };
  try {
    for (let i = 1; i <= 300; i++) await open.run(batch, { step: i, rate: 0 });
    const moved = (await open.state()).get('weight')!.toNumbers();
    expect(moved).toEqual(weight.constant!.toNumbers());
  } finally {
    await open.release();
  }
});

test('the norm of a million gradients keeps its digits', async () => {
  const b = new TypedBuilder(17);
  const norm = squaredNorm(b, b.input('x', [1024, 1024]));
  b.output(norm);
  const values = noise('gradient', 2 ** 20);
  const x = Tensor.fromNumbers('float32', [1024, 1024], values);
  const found = (await runModel(b.model(), new Map([['x', x]]))).get(norm.name)!;
  const exact = x.toNumbers().reduce((sum, v) => sum + v * v, 0);
  expect(found.dims).toEqual([]);
  expect(Math.abs(found.toNumbers()[0]! - exact) / exact).toBeLessThan(5e-7);
});
