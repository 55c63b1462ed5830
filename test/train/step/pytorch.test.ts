import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Tensor } from '../../../src/tensor/index.js';
import { buildTrainingStep, openStep, type StepOptions } from '../../../src/train/step/index.js';
import { relativeError } from '../../models/stored.js';
import { smallBatch, smallNet, smallOptions } from './small-net.js';

interface StoredTensor {
  /** In double precision. */
  readonly values: readonly number[];
  /** How far PyTorch's own float32 is from them, relative to the largest; the worst of several orders of the batch. */
  readonly float32Error: number;
}

interface StoredStep {
  readonly step: number;
  readonly tensors: Readonly<Record<string, StoredTensor>>;
}

const path = join(import.meta.dirname, '../../../fixtures/train/steps.json');
const stored = JSON.parse(readFileSync(path, 'utf8')) as StoredStep[];

/** Four roundings: within its batch norms PyTorch computes in double precision, the step graph in float32. */
const floor = 2 ** -21;

/** Trains and tells which tensors are further from the exact run than PyTorch's float32 explains, by step. */
async function strays(changed: Partial<StepOptions>): Promise<string[]> {
  const open = await openStep(buildTrainingStep(smallNet(), { ...smallOptions, ...changed }));
  const found: string[] = [];
  try {
    for (let step = 1; step <= 5; step++) {
      const { loss } = await open.run(smallBatch(step), { step, rate: 0.1 });
      const expected = stored.find((s) => s.step === step);
      if (!expected) continue;
      const state = await open.state();
      expect([...state.keys(), 'loss'].sort()).toEqual(Object.keys(expected.tensors).sort());
      state.set('loss', Tensor.scalar('float32', loss));
      for (const [name, { values, float32Error }] of Object.entries(expected.tensors)) {
        const error = relativeError(state.get(name)!.toNumbers(), values);
        if (!(error <= 2 * float32Error + floor)) {
          found.push(`step ${step}: ${name} ${error.toExponential(1)} (${float32Error})`);
        }
      }
    }
  } finally {
    await open.release();
  }
  return found;
}

/** Small faults that must be seen. */
const controls: readonly [string, Partial<StepOptions>][] = [
  ['dampening', { optimizerOptions: { momentum: 0.9, weightDecay: 0.01, dampening: 1e-4 } }],
  ['another weight decay', { optimizerOptions: { momentum: 0.9, weightDecay: 0.0101 } }],
  ['no decay on batch norms', { noDecay: ['norm'] }],
  ['no decay on biases', { noDecay: ['bias'] }],
  ['another rate of the running statistics', { batchNormMomentum: 0.1001 }],
];

test.each(controls)('the comparison notices %s', async (_, changed) => {
  expect(await strays(changed)).not.toEqual([]);
});

describe.each([
  ['the form for the CPU', false],
  ['the portable form', true],
])('a small network in %s', (_, portable) => {
  test('has the loss, parameters, statistics and momenta of PyTorch after 1 and 5 steps', async () => {
    expect(await strays({ portable })).toEqual([]);
  });
});
