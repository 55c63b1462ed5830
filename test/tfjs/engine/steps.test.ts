import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/ir/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { openBackend } from '../../../src/tfjs/engine/backend.js';
import { tfjsEngine } from '../../../src/tfjs/engine/index.js';
import { onnxruntimeEngine, type TrainingEngine } from '../../../src/train/engines/index.js';
import type { OpenStep, StepOptions } from '../../../src/train/step/index.js';
import { batchOf, batchSize, classes, nets, optimizerNamed, options, vggBlock } from './nets.js';

/** Runs some updates. @returns the losses and the state after the last */
async function trained(open: OpenStep, first: number, last: number, accumulate = 1) {
  const losses: number[] = [];
  for (let step = first; step <= last; step++) {
    const info = { step, rate: 0.05 };
    for (let batch = 1; batch < accumulate; batch++) {
      losses.push((await open.accumulate(batchOf(100 * batch + step), info)).loss);
    }
    losses.push((await open.run(batchOf(step), info)).loss);
  }
  return { losses, state: await open.state() };
}

async function runWith(
  engine: TrainingEngine,
  model: Model,
  given: StepOptions,
  steps: number,
): Promise<Awaited<ReturnType<typeof trained>>> {
  const open = await engine.prepare(model, given).open({ seed: 7 });
  try {
    return await trained(open, 1, steps, given.accumulate);
  } finally {
    await open.release();
  }
}

/** The largest ‖a − b‖ ÷ ‖b‖ of any tensor of the state. */
function difference(a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): number {
  expect([...a.keys()].sort()).toEqual([...b.keys()].sort());
  const errors = [...b].map(([name, tensor]) => {
    const [mine, reference] = [a.get(name)!.toNumbers(), tensor.toNumbers()];
    expect(a.get(name)!.dims).toEqual(tensor.dims);
    const norm = (values: Float64Array) => Math.hypot(...values);
    return norm(mine.map((x, i) => x - reference[i]!)) / Math.max(1e-3, norm(reference));
  });
  return Math.max(...errors);
}

const scaling = new Map([
  ['conv1.weight', Tensor.fromNumbers('float32', [3, 3], [1, 2, 1, 2, 4, 2, 1, 2, 1])],
]);

const both = async (model: Model, given: StepOptions, steps: number) => {
  const mine = await runWith(tfjsEngine, model, given, steps);
  const reference = await runWith(onnxruntimeEngine, model, given, steps);
  return { mine, reference, error: difference(mine.state, reference.state) };
};

describe('both engines stay together', () => {
  test.each(nets.slice(0, 2))(
    'for 20 steps of %s with momentum, decay and scalings',
    async (_, net) => {
      const optimizerOptions = { momentum: 0.9, weightDecay: 0.01, scaling };
      const { mine, reference, error } = await both(net(), { ...options, optimizerOptions }, 20);
      expect(error).toBeLessThan(1e-3);
      const drift = mine.losses.map((loss, i) => Math.abs(loss - reference.losses[i]!));
      expect(Math.max(...drift)).toBeLessThan(1e-4);
    },
  );

  test('not with a scaling that is wrong by a hundredth', async () => {
    const off = new Map([...scaling].map(([name, g]) => [name, scaled(g, 1.01)]));
    const [a, b] = [scaling, off].map((each) => ({
      ...options,
      optimizerOptions: { momentum: 0.9, weightDecay: 0.01, scaling: each },
    }));
    const mine = await runWith(tfjsEngine, vggBlock(), a!, 20);
    const reference = await runWith(onnxruntimeEngine, vggBlock(), b!, 20);
    expect(difference(mine.state, reference.state)).toBeGreaterThan(1e-3);
  });

  test.each(['adam', 'adamw', 'rmsprop', 'lion'])('with %s', async (name) => {
    const given = { ...options, optimizer: optimizerNamed(name), optimizerOptions: { scaling } };
    const slow = { ...given, optimizerOptions: { scaling, eps: 1e-3, weightDecay: 0.01 } };
    const { error } = await both(vggBlock(), slow, 3);
    expect(error).toBeLessThan(name === 'lion' ? 2e-2 : 1e-3);
  });

  test('with clipping, averages, dropout and several batches an update', async () => {
    const given: StepOptions = {
      ...options,
      averageDecay: 0.9,
      accumulate: 2,
      optimizerOptions: { momentum: 0.9, nesterov: true, clipNorm: 0.5, clipValue: 0.1 },
    };
    const { error } = await both(vggBlock(0.4), given, 4);
    expect(error).toBeLessThan(1e-4);
  });
});

const scaled = (tensor: Tensor, factor: number): Tensor =>
  Tensor.fromNumbers(
    tensor.dtype,
    tensor.dims,
    tensor.toNumbers().map((x) => factor * x),
  );

test('one engine goes on with what the other one began', async () => {
  const begun = await runWith(onnxruntimeEngine, vggBlock(), options, 3);
  const whole = await runWith(onnxruntimeEngine, vggBlock(), options, 6);
  const open = await tfjsEngine.prepare(vggBlock(), options).open();
  try {
    open.setState(begun.state);
    const { state } = await trained(open, 4, 6);
    expect(difference(state, whole.state)).toBeLessThan(1e-4);
    expect(difference(state, begun.state)).toBeGreaterThan(1e-2);
  } finally {
    await open.release();
  }
});

test('steps leave no tensors behind', async () => {
  const { tf } = await openBackend();
  const before = tf.memory().numTensors;
  const open = await tfjsEngine.prepare(vggBlock(0.2), { ...options, accumulate: 2 }).open();
  await trained(open, 1, 1, 2);
  const after = tf.memory().numTensors;
  await trained(open, 2, 4, 2);
  expect(tf.memory().numTensors).toBe(after);
  await open.release();
  expect(tf.memory().numTensors).toBe(before);
});

test('a loss that is not finite names where it comes from, and the state stays', async () => {
  const open = await tfjsEngine.prepare(vggBlock(), options).open();
  const state = await open.state();
  const names = ['linear.weight', 'linear.bias'];
  const huge = (tensor: Tensor): Tensor =>
    Tensor.floats(tensor.dims, new Float32Array(tensor.size).fill(3e38));
  open.setState(new Map(names.map((name) => [name, huge(state.get(name)!)])));
  const run = () => open.run(batchOf(1), { step: 1, rate: 0.1 });
  await expect(run()).rejects.toThrow(/loss of step 1 is .* result of Gemm 'linear/);
  const after = await open.state();
  expect(after.get('linear.weight')!.equals(huge(state.get('linear.weight')!))).toBe(true);
  expect(after.get('bn1.running_mean')!.equals(state.get('bn1.running_mean')!)).toBe(true);
  open.setState(state);
  expect((await run()).outputs).toHaveLength(batchSize * classes);
  await open.release();
});

test('signals and timers have their turn after a step', async () => {
  const open = await tfjsEngine.prepare(vggBlock(), options).open({ seed: 7 });
  try {
    let turns = 0;
    for (let step = 1; step <= 3; step++) {
      setImmediate(() => turns++);
      await open.run(batchOf(step), { step, rate: 0.05 });
    }
    expect(turns).toBeGreaterThanOrEqual(2);
  } finally {
    await open.release();
  }
});
