import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BranchType, branchTypes, customBlock, expand } from '../../src/branches/index.js';
import { type Model, opCounts, printGraph } from '../../src/ir/index.js';
import { normal } from '../../src/tensor/index.js';
import { compareModels } from '../../src/verify/index.js';
import { mergeAndVerify } from '../merge/merged.js';
import type { NdArray } from '../reference/array.js';
import { Choices, choiceNumbers } from '../reference/choices.js';
import { interpret } from '../reference/interpret.js';
import { type Layer, layerModel, randomLayer } from './layers.js';

const kernelsOf: Readonly<Record<string, readonly (readonly number[])[]>> = {
  acb: [
    [3, 3],
    [3, 5],
    [5, 3],
  ],
  ecb: [[3, 3]],
  mobileone: [
    [3, 3],
    [1, 1],
    [1, 3],
  ],
  duplicate: [[3, 3], [1, 1], [2, 3], [3]],
  orepa: [
    [3, 3],
    [3, 5],
    [1, 3],
  ],
  unireplknet: [
    [5, 5],
    [7, 7],
    [9, 9],
  ],
  replknet: [
    [3, 3],
    [5, 5],
    [7, 7],
  ],
};
const otherKernels = [[3, 3], [1, 3], [3, 5], [3], [1, 3, 3]];

const custom = [
  customBlock({
    name: 'scaled',
    branches: [
      { kernel: 'same', scale: 0.7 },
      { kernel: [1, 3], scale: 0.5 },
    ],
  }),
  customBlock({
    name: 'everything',
    branches: [
      { norm: true, copies: 2, scale: 'channel' },
      { dilation: 2, kernel: [2, 2], norm: true },
      {
        mask: [
          [1, 0, 1],
          [0, 1, 0],
          [1, 0, 1],
        ],
        scale: -0.5,
      },
      { pointwise: true, norm: true },
      { pointwise: true, average: 3, norm: true, scale: 2 },
      { identity: true, scale: 'channel' },
    ],
  }),
  customBlock({
    name: 'linear',
    branches: [
      {},
      { pointwise: true },
      { pointwise: true, average: 1 },
      { identity: true, norm: true },
    ],
  }),
];

interface Evaluated {
  readonly output: NdArray;
  readonly magnitude: number;
}

/** In float64, with the weights as they are stored. */
function evaluate(model: Model, image: NdArray): Evaluated {
  const values = interpret(model, new Map([['x', image]]));
  let magnitude = 1;
  for (const { data } of values.values()) {
    for (const value of data) magnitude = Math.max(magnitude, Math.abs(value));
  }
  return { output: values.get(model.graph.outputs[0]!)!, magnitude };
}

function randomImage({ image, seed }: Layer): NdArray {
  const next = normal(seed + 1);
  const dims = [2, ...image];
  return {
    dims,
    data: Float64Array.from({ length: dims.reduce((a, b) => a * b) }, next),
  } as NdArray;
}

function largestDifference(a: NdArray, b: NdArray): number {
  return a.data.reduce(
    (most: number, value: number, i: number) => Math.max(most, Math.abs(value - b.data[i]!)),
    0,
  );
}

/** Nothing is rounded to float32 here: what is left is the arithmetic's own error. */
function checkInFloat64(block: BranchType, layer: Layer): void {
  const model = layerModel({ ...layer, dtype: 'float64' });
  const image = randomImage(layer);
  const [a, b] = [model, expand(model, { block }).model].map((m) => evaluate(m, image));
  const largest = largestDifference(a!.output, b!.output);
  expect(largest).toBeLessThan(1e-13 * Math.max(a!.magnitude, b!.magnitude));
}

async function check(block: BranchType, layer: Layer): Promise<void> {
  const model = layerModel(layer);
  const before = printGraph(model);
  const result = expand(model, { block, seed: 3 });
  expect(printGraph(model)).toBe(before);
  expect(result.skipped).toEqual([]);
  expect(result.expanded).toHaveLength(1);
  const image = randomImage(layer);
  const [a, b] = [evaluate(model, image), evaluate(result.model, image)];
  const text = `${JSON.stringify(layer)}\n${printGraph(result.model)}`;
  expect(b.output.dims, text).toEqual(a.output.dims);
  const largest = largestDifference(a.output, b.output);
  // Only the weights were rounded: one rounding of each, added up over the kernel.
  const terms = (layer.image[0]! / layer.group) * layer.kernel.reduce((x, y) => x * y);
  expect(largest, text).toBeLessThanOrEqual(
    4 * terms * 2 ** -24 * Math.max(a.magnitude, b.magnitude),
  );
  const merged = await mergeAndVerify(result.model);
  expect(merged.count('Conv'), `${text}\n${printGraph(merged.model)}\n${merged.reasons}`).toBe(1);
  const counts = opCounts(merged.model);
  expect([...counts.keys()].sort(), `${text}\n${merged.reasons}`).toEqual(['Conv', 'Relu']);
  const report = await compareModels(model, merged.model);
  expect(report.status, text).toBe('equal');
}

describe.each(
  [...branchTypes.filter(({ operator }) => operator === 'Conv'), ...custom].map(
    (block) => [block.name, block] as const,
  ),
)('%s', (name, block) => {
  it('keeps the function, and merges to the one Conv again', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(30), async (numbers) => {
        const kernels =
          kernelsOf[name] ?? (custom.includes(block as never) ? [[3, 3]] : otherKernels);
        const layer = randomLayer(new Choices(numbers), kernels);
        checkInFloat64(block, layer);
        await check(block, layer);
      }),
      { numRuns: Number(process.env.BRANCH_RUNS ?? 5), seed: 1 },
    );
  });
});
