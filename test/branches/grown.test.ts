import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type GrownBranch,
  readLayer,
  removeBranch,
  settleBranches,
  sproutBranches,
} from '../../src/branches/grown/index.js';
import { type Model, opCounts } from '../../src/ir/index.js';
import { copyModel, decodeModel, encodeModel } from '../../src/onnx/index.js';
import { runModel } from '../../src/runtime/index.js';
import { elementCount, normal, Tensor, uniform } from '../../src/tensor/index.js';
import { mergeAndVerify } from '../merge/merged.js';
import { Choices, choiceNumbers } from '../reference/choices.js';
import { type Layer, layerModel, plainLayer, randomLayer } from './layers.js';

const weight = 'conv.weight';

/** Gives what `wanted` names other values, as training and measuring statistics do. */
function moved(model: Model, wanted: RegExp, seed: number): void {
  const [draw, positive] = [normal(seed), uniform(seed)];
  for (const value of model.graph.initializers) {
    const tensor = value.constant as Tensor;
    if (!wanted.test(value.name)) continue;
    const isVariance = value.name.endsWith('running_var');
    const numbers = tensor
      .toNumbers()
      .map((x) => (isVariance ? 0.5 + positive() : x + 0.3 * draw()));
    value.constant = Tensor.fromNumbers(tensor.dtype, tensor.dims, numbers);
  }
}

function branchesOf(model: Model): readonly GrownBranch[] {
  const layer = readLayer(model.graph, weight);
  if (!layer.ok) throw new Error(layer.refusal.reason);
  return layer.value.branches;
}

const namesOf = (model: Model): string[] => branchesOf(model).map(({ kind }) => kind.name);

/** Grows a set of branches with measured statistics. @returns the model before and after it has settled */
function grown(source: Model, set = 1, seed = 7): { sprouted: Model; settled: Model } {
  const settled = copyModel(source);
  const result = sproutBranches(settled, weight, { set, scale: 0.01, seed });
  if (!result.ok) throw new Error(result.refusal.reason);
  expect(result.value.branches).toEqual(
    branchesOf(settled)
      .filter((branch) => branch.set === set)
      .map(({ kind }) => kind.name),
  );
  moved(settled, new RegExp(`dyrep${set}.*running_`), seed);
  const sprouted = copyModel(settled);
  const done = settleBranches(settled, weight, set);
  if (!done.ok) throw new Error(done.refusal.reason);
  return { sprouted, settled };
}

/** The largest difference of what two models make of noise, relative to the largest result. */
async function difference(a: Model, b: Model): Promise<number> {
  const [input] = a.graph.inputs;
  const dims = [3, ...((input?.type?.shape ?? []) as number[]).slice(1)];
  const next = normal(1);
  const image = Tensor.floats(
    dims,
    Float32Array.from({ length: elementCount(dims) }, () => next()),
  );
  const run = async (model: Model): Promise<number[]> => {
    const [result] = (await runModel(model, new Map([['x', image]]))).values();
    return [...(result?.toNumbers() ?? [])];
  };
  const [expected, actual] = [await run(a), await run(b)];
  // A small layer's results may all be negative, and zero behind its ReLU.
  const largest = Math.max(...expected.map(Math.abs)) || 1;
  return Math.max(...expected.map((x, i) => Math.abs(x - (actual[i] as number)))) / largest;
}

const expectEqual = async (a: Model, b: Model): Promise<void> =>
  expect(await difference(a, b)).toBeLessThan(1e-5);

const kernels = [[3, 3], [1, 3], [3, 5], [3], [1, 3, 3]];

describe('branches that are grown', () => {
  it('fit any layer, and leave its function as it was, growing and being removed', async () => {
    await fc.assert(
      fc.asyncProperty(choiceNumbers(30), async (numbers) => {
        const source = layerModel(randomLayer(new Choices(numbers), kernels));
        const { settled } = grown(source);
        await expectEqual(source, settled);
        // As if it had been trained for a while.
        const trained = copyModel(settled);
        moved(trained, /./, 3);
        const merged = await mergeAndVerify(trained);
        expect(opCounts(merged.model).get('Conv')).toBe(1);
        let left = trained;
        for (const branch of branchesOf(trained)) {
          const next = decodeModel(encodeModel(left));
          expect(removeBranch(next, weight, branch)).toMatchObject({ ok: true });
          await expectEqual(left, next);
          left = next;
        }
        const names = ({ graph }: Model) => graph.nodes.map(({ name }) => name);
        expect(names(left)).toEqual(names(source));
        const kept = [...left.graph.initializers].map(({ name }) => name);
        expect(kept.filter((name) => name.includes('dyrep'))).toEqual([]);
      }),
      { numRuns: 12, examples: [[[]]] },
    );
  });

  it('have means over windows that a pool cannot have: pads as long as they are', async () => {
    const source = layerModel({ ...plainLayer, pads: [0, 0, 0, 3] });
    const { settled } = grown(source);
    expect(namesOf(settled)).toContain('avg');
    await expectEqual(source, settled);
  });

  it('have the operations of the paper, where the shapes allow them', () => {
    const all = ['1x1', '1x1_kxk', 'avg', '1xk', 'kx1', 'identity'];
    const of = (layer: Partial<Layer>) =>
      namesOf(grown(layerModel({ ...plainLayer, ...layer })).settled);
    expect(of({})).toEqual(all);
    expect(of({ strides: [2, 2] })).toEqual(all.slice(0, -1));
    expect(of({ outputs: 8 })).toEqual(all.slice(0, -1));
    expect(of({ group: 4 })).toEqual(all);
    expect(of({ kernel: [1, 3], pads: [0, 1, 0, 1] })).toEqual([
      '1x1',
      '1x1_kxk',
      'avg',
      'identity',
    ]);
  });

  it('change the function until they have settled', async () => {
    const source = layerModel(plainLayer);
    const { sprouted } = grown(source);
    expect(await difference(source, sprouted)).toBeGreaterThan(1e-3);
  });

  it('grow twice in a layer, and each set by itself can be removed', async () => {
    const source = layerModel({ ...plainLayer, norm: false });
    const once = grown(source).settled;
    moved(once, /./, 5);
    const twice = grown(once, 2).settled;
    await expectEqual(once, twice);
    expect(namesOf(twice)).toHaveLength(12);
    const left = copyModel(twice);
    for (const branch of branchesOf(left).filter(({ set }) => set === 1)) {
      expect(removeBranch(left, weight, branch).ok).toBe(true);
    }
    await expectEqual(twice, left);
    expect(new Set(branchesOf(left).map(({ set }) => set))).toEqual(new Set([2]));
  });

  it('count at first a hundredth of the main branch', () => {
    const { settled } = grown(layerModel(plainLayer));
    const layer = readLayer(settled.graph, weight);
    if (!layer.ok) throw new Error(layer.refusal.reason);
    for (const { scale } of layer.value.branches) {
      expect(scale / layer.value.scale).toBeCloseTo(0.01, 6);
    }
  });

  it('are closed where the main kernel counts for nothing, and stay where it cannot take over', async () => {
    const source = layerModel(plainLayer);
    for (const value of source.graph.initializers) {
      if (value.name === 'bn.weight') {
        value.constant = Tensor.fromNumbers('float32', [4], [1, 0, 1e-12, 2]);
      }
    }
    const { settled } = grown(source);
    await expectEqual(source, settled);
    const scales = [...settled.graph.initializers].find(({ name }) =>
      name.endsWith('dyrep1.1xk.bn.weight'),
    );
    const isClosed = Array.from(scales?.constant?.toNumbers() ?? [], (scale) => scale === 0);
    expect(isClosed).toEqual([false, true, true, false]);
    moved(settled, /dyrep1/, 4);
    const before = encodeModel(settled);
    const result = removeBranch(settled, weight, branchesOf(settled)[0] as GrownBranch);
    expect(result).toMatchObject({
      ok: false,
      refusal: { reason: expect.stringMatching(/channel 1/) },
    });
    expect(encodeModel(settled)).toEqual(before);
  });

  it('are refused beside what is no layer', () => {
    const model = layerModel({ ...plainLayer, kernel: [1, 1], pads: [0, 0, 0, 0] });
    const options = { set: 1, scale: 0.01, seed: 0 };
    expect(sproutBranches(model, weight, options)).toMatchObject({ ok: false });
    expect(sproutBranches(model, 'nothing', options)).toMatchObject({ ok: false });
  });
});
