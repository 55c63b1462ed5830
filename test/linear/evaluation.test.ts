import { describe, expect, it } from 'vitest';
import {
  type AffineMap,
  compose,
  evaluationOf,
  identityMap,
  kernelOf,
  pointWindow,
  type Step,
  sumMaps,
} from '../../src/linear/index.js';
import { plainProduct } from '../../src/merge/product.js';

const product = async (...args: Parameters<typeof plainProduct>) => plainProduct(...args);

/** A 1×1 convolution of two channels that counts how often its weights are read. */
function step(label: string, weights: readonly number[], reads: string[] = []): Step {
  return {
    label,
    layout: 'channels-first',
    transposed: false,
    inputs: 2,
    outputs: 2,
    group: 1,
    axes: [pointWindow],
    weights: () => {
      reads.push(label);
      return { outputs: 2, inputs: 2, group: 1, size: [1], data: Float64Array.from(weights) };
    },
    bias: null,
  };
}

function onto(inner: AffineMap, outer: Step): AffineMap {
  const map = compose(outer, inner);
  if (!map.ok) throw new Error(map.refusal.reason);
  return map.value;
}

function sum(...maps: readonly AffineMap[]): AffineMap {
  const map = sumMaps(
    maps.map((term) => ({ map: term, factor: 1 })),
    'sum',
  );
  if (!map.ok) throw new Error(map.refusal.reason);
  return map.value;
}

const source = identityMap('x', 'channels-first', 2, [null]);
const weightsOf = async (map: AffineMap): Promise<number[]> => [
  ...(await kernelOf(map, evaluationOf(map, product))).data,
];

describe('kernelOf', () => {
  it('computes once what several branches share, and leaves it as it is', async () => {
    const reads: string[] = [];
    const shared = onto(source, step('shared', [1, 2, 3, 4], reads));
    const branch = onto(shared, step('branch', [0, 1, 1, 0], reads));
    expect(await weightsOf(sum(shared, branch, shared))).toEqual([5, 8, 7, 10]);
    expect(reads.filter((label) => label === 'shared')).toEqual(['shared']);
  });

  it('gives the same when it is asked again', async () => {
    const map = sum(onto(source, step('a', [1, 2, 3, 4])), source);
    expect(await weightsOf(map)).toEqual([2, 2, 3, 5]);
    expect(await weightsOf(map)).toEqual([2, 2, 3, 5]);
  });
});
