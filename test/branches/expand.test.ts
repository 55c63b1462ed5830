import { describe, expect, it } from 'vitest';
import {
  type BranchType,
  branchTypes,
  customBlock,
  expand,
  findBranchType,
} from '../../src/branches/index.js';
import {
  GraphBuilder,
  inferTypes,
  type Model,
  Node,
  printGraph,
  tensor,
  Value,
} from '../../src/ir/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { findParameters } from '../../src/train/step/parameters.js';
import { compareModels } from '../../src/verify/index.js';
import { mergeAndVerify } from '../merge/merged.js';
import { type Layer, layerModel, plainLayer } from './layers.js';

const large: Layer = { ...plainLayer, image: [4, 9, 9], kernel: [7, 7], pads: [3, 3, 3, 3] };

const layerFor = ({ name }: BranchType): Layer => (name === 'unireplknet' ? large : plainLayer);

/** Every element of an initializer, by what its name ends with. */
function initializer(model: Model, end: string): number[] {
  const found = [...model.graph.initializers].filter(({ name }) => name.endsWith(end));
  expect(
    found.map(({ name }) => name),
    end,
  ).toHaveLength(1);
  return [...found[0]!.constant!.toNumbers()];
}

const deviation = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);

/** x · W + b, [N, 12] → [N, 10]. */
function matrixModel(opType: 'Gemm' | 'MatMul'): Model {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 12]);
  const numbers = (count: number) => Float64Array.from({ length: count }, (_, i) => Math.sin(i));
  const weight = b.floats(opType === 'Gemm' ? [10, 12] : [12, 10], numbers(120), 'fc.weight');
  const operands =
    opType === 'Gemm' ? [x, weight, b.floats([10], numbers(10), 'fc.bias')] : [x, weight];
  b.output(b.op(opType, operands, opType === 'Gemm' ? { transB: 1 } : {}, { name: 'fc' }));
  return b.model();
}

const convTypes = branchTypes.filter(({ operator }) => operator === 'Conv');

describe.each(convTypes.map((block) => [block.name, block] as const))('%s', (name, block) => {
  it.each(['keep', 'fresh'] as const)('has all that is learned as initializers, %s', (mode) => {
    const { model } = expand(layerModel(layerFor(block)), { block, mode });
    const names = [...model.graph.initializers].map((value) => value.name);
    const parameters = new Set(findParameters(model, inferTypes(model)).map((value) => value.name));
    const rest = names.filter((value) => !parameters.has(value));
    expect(rest.filter((value) => !/running_(mean|var)$/.test(value))).toEqual([]);
    for (const value of parameters) {
      if (!value.startsWith('bn.')) expect(value).toMatch(new RegExp(`^conv\\.${name}\\.`));
    }
  });

  it('is the same for the same seed, and another for another', () => {
    const build = (seed: number) =>
      encodeModel(expand(layerModel(layerFor(block)), { block, seed, mode: 'fresh' }).model);
    expect(build(1)).toEqual(build(1));
    expect(build(2)).not.toEqual(build(1));
  });

  it('is read again as it was written', async () => {
    const original = layerModel(layerFor(block));
    const written = decodeModel(encodeModel(expand(original, { block }).model));
    expect((await compareModels(original, written)).status).toBe('equal');
  });
});

/** A layer whose norm has these scales. */
function withScales(scales: readonly number[]): Model {
  const model = layerModel(plainLayer);
  for (const value of model.graph.initializers) {
    if (value.name === 'bn.weight') value.constant = Tensor.fromNumbers('float32', [4], scales);
  }
  return model;
}

describe('keeping the function', () => {
  it('closes the other branches where the main one counts for nothing', async () => {
    const original = withScales([1, 0, 1e-12, 2]);
    const { model } = expand(original, { block: findBranchType('acb') });
    const scales = initializer(model, 'acb.1x3.bn.weight');
    expect(scales.map((value) => value === 0)).toEqual([false, true, true, false]);
    expect(initializer(model, 'acb.3x3.bn.weight')).toEqual([1, 0, Math.fround(1e-12), 2]);
    expect((await compareModels(original, model)).status).toBe('equal');
  });

  it('leaves weights as they were that a norm behind all branches multiplies by 0', async () => {
    const original = withScales([1, 0, 2, 2]);
    const { model } = expand(original, { block: findBranchType('qarepvgg') });
    const [before, after] = [
      initializer(original, 'conv.weight'),
      initializer(model, '3x3.weight'),
    ];
    const row = before.length / 4;
    expect(after.slice(row, 2 * row)).toEqual(before.slice(row, 2 * row));
    expect(after.slice(0, row)).not.toEqual(before.slice(0, row));
    expect((await compareModels(original, model)).status).toBe('equal');
  });

  it('refuses where a branch that counts cannot be closed, and changes nothing', () => {
    const original = withScales([1, 0, 1, 1]);
    const block = customBlock({ name: 'own', branches: [{ norm: true }, { identity: true }] });
    const result = expand(original, { block });
    expect(result.expanded).toEqual([]);
    expect(result.skipped[0]?.reason).toContain('channel 1');
    expect(printGraph(result.model)).toBe(printGraph(decodeModel(encodeModel(original))));
  });

  it('adds the bias beside scaled branches, so that it learns at its own rate', () => {
    const block = customBlock({
      name: 'own',
      branches: [{ scale: 0.7 }, { kernel: [1, 3], scale: 0.5 }],
    });
    const { model } = expand(layerModel({ ...plainLayer, bias: true, norm: false }), { block });
    const added = [...model.graph.initializers].find(({ name }) => name === 'conv.own.bias');
    expect([...added!.users].map(({ opType }) => opType)).toEqual(['Add']);
    const constants = model.graph.nodes.flatMap((node) => {
      const value = node.tensor('value');
      return value ? [...value.toNumbers()] : [];
    });
    expect(constants).toEqual([Math.fround(0.7), 0.5]);
  });
});

it('reads weights from Constant nodes, and leaves none that nobody reads', async () => {
  const original = layerModel(plainLayer);
  for (const value of [...original.graph.initializers]) {
    const attributes = [['value', tensor(value.constant!)]] as const;
    const copy = new Value(`${value.name}.constant`);
    original.graph.nodes.unshift(new Node('Constant', [], [copy], { attributes }));
    for (const user of [...value.users]) user.setInput(user.inputs.indexOf(value), copy);
  }
  original.graph.pruneInitializers();
  const { model, expanded } = expand(original, { block: findBranchType('acb') });
  expect(expanded).toHaveLength(1);
  expect(model.graph.nodes.filter((node) => node.is('Constant'))).toEqual([]);
  expect((await compareModels(original, model)).status).toBe('equal');
});

describe('fresh blocks begin as published', () => {
  const wide: Layer = { ...plainLayer, image: [64, 5, 5], outputs: 64, kernel: [3, 3] };
  const fresh = (name: string) =>
    expand(layerModel(wide), { block: findBranchType(name), mode: 'fresh' }).model;

  it('with weights uniform within 1/√fan-in, and norms that are the identity', () => {
    const model = fresh('dbb');
    for (const [end, fan] of [
      ['origin.weight', 576],
      ['dbb.1x1.weight', 64],
      ['1x1_kxk.conv2.weight', 576],
      ['avg.conv.weight', 64],
    ] as const) {
      const values = initializer(model, end);
      const bound = 1 / Math.sqrt(fan);
      expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(bound);
      expect(deviation(values) / (bound / Math.sqrt(3))).toBeCloseTo(1, 1);
    }
    expect(new Set(initializer(model, '1x1_kxk.conv1.weight'))).toEqual(new Set([0]));
    for (const part of ['weight', 'running_var']) {
      expect(new Set(initializer(model, `origin.bn.${part}`))).toEqual(new Set([1]));
    }
    for (const part of ['bias', 'running_mean']) {
      expect(new Set(initializer(model, `origin.bn.${part}`))).toEqual(new Set([0]));
    }
  });

  it('with the factors of OREPA and weights of variance 2/fan-in', () => {
    const model = fresh('orepa');
    const factors = ['origin', 'avg', 'prior', '1x1_kxk', 'orepa.1x1', 'dws'].map(
      (piece) => initializer(model, `${piece}.vector`)[0],
    );
    expect(factors).toEqual([0.25, 0.25, 0, 0.5, 1, 0.5]);
    expect(deviation(initializer(model, 'origin.weight')) * Math.sqrt(576 / 2)).toBeCloseTo(1, 1);
    expect(deviation(initializer(model, 'dws.depthwise.weight')) * Math.sqrt(9 / 2)).toBeCloseTo(
      1,
      1,
    );
  });

  it('with factors of ECB that are normal around 0', () => {
    const model = fresh('ecb');
    const all = ['sobel-x', 'sobel-y', 'laplacian'].flatMap((name) =>
      ['scale', 'bias'].flatMap((part) => initializer(model, `${name}.${part}`)),
    );
    expect(deviation(all) * 1000).toBeCloseTo(1, 0);
  });
});

describe('matrices', () => {
  it.each(['Gemm', 'MatMul'] as const)(
    'low rank beside %s adds nothing at first and merges',
    async (opType) => {
      const original = matrixModel(opType);
      const { model, expanded } = expand(original, { block: findBranchType('lowrank') });
      expect(expanded).toEqual([{ node: 'fc', branches: 2 }]);
      expect((await compareModels(original, model)).status).toBe('equal');
      expect(new Set(initializer(model, 'fc.lowrank.b'))).toEqual(new Set([0]));
      for (const value of model.graph.initializers) {
        if (value.name !== 'fc.lowrank.b') continue;
        value.constant = Tensor.fromNumbers(
          'float32',
          [4, 10],
          Array.from({ length: 40 }, (_, i) => Math.cos(i)),
        );
      }
      const merged = await mergeAndVerify(model);
      expect(merged.count('Gemm') + merged.count('MatMul')).toBe(1);
    },
  );
});

describe('what is not expanded', () => {
  const acb = findBranchType('acb');
  const reason = (change: Partial<Layer>, block: BranchType = acb): string => {
    const { skipped, expanded } = expand(layerModel({ ...plainLayer, ...change }), { block });
    expect(expanded).toEqual([]);
    return skipped[0]?.reason ?? '';
  };

  it('says why', () => {
    expect(reason({ kernel: [1, 1] })).toContain('its kernel is 1×1');
    expect(reason({ kernel: [2, 2] })).toContain('even');
    expect(reason({ kernel: [1, 3] })).toContain('1×3');
    expect(reason({}, findBranchType('unireplknet'))).toContain('3×3');
    expect(reason({ kernel: [5, 5] }, findBranchType('ecb'))).toContain('5×5');
    const narrow = customBlock({ name: 'narrow', branches: [{}, { kernel: [2, 3] }] });
    expect(reason({}, narrow)).toContain('2×3');
    const dilated = customBlock({ name: 'far', branches: [{}, { kernel: [3, 3], dilation: 2 }] });
    expect(reason({}, dilated)).toContain('dilation 2');
    const masked = customBlock({ name: 'masked', branches: [{}, { mask: [[1, 0]] }] });
    expect(reason({}, masked)).toContain('mask of 1×2');
    const scaled = customBlock({ name: 'scaled', branches: [{ scale: [1, 2] }] });
    expect(reason({}, scaled)).toContain('2 numbers');
  });

  it('leaves weights alone that other nodes use or the graph computes', () => {
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 2, 5, 5]);
    const weight = b.floats([2, 2, 3, 3], new Float64Array(36).fill(1), 'shared.weight');
    const pads = { pads: [1, 1, 1, 1] };
    const first = b.op('Conv', [x, weight], pads, { name: 'first' });
    const second = b.op('Conv', [first, weight], pads, { name: 'second' });
    const computed = b.op('Neg', [b.floats([2, 2, 3, 3], new Float64Array(36), 'raw')]);
    b.output(b.op('Conv', [second, computed], pads, { name: 'third' }));
    const { skipped } = expand(b.model(), { block: acb });
    expect(skipped.map(({ node }) => node)).toEqual(['first', 'second', 'third']);
    expect(skipped[0]?.reason).toContain('other nodes');
    expect(skipped[2]?.reason).toContain('computed');
  });

  it('selects by pattern, and refuses patterns without a match', () => {
    const model = layerModel(plainLayer);
    expect(expand(model, { block: acb, only: ['co*'] }).expanded).toHaveLength(1);
    expect(expand(model, { block: acb, skip: ['conv'] }).expanded).toHaveLength(0);
    expect(() => expand(model, { block: acb, only: ['layer9'] })).toThrow("'layer9'");
    expect(() => findBranchType('abc')).toThrow("no block type 'abc'");
  });
});

describe('specifications of blocks', () => {
  it.each([
    [{}, 'name must be'],
    [{ name: 'x' }, 'branches must be a list'],
    [{ name: 'x', branches: [{}], color: 1 }, "no field 'color'"],
    [{ name: 'x', branches: [{ kernl: 'same' }] }, "branch 1: there is no field 'kernl'"],
    [{ name: 'x', branches: [{ toString: 1 }] }, "no field 'toString'"],
    [{ name: 'x', branches: [{}, {}] }, '2 branches can be the main one'],
    [{ name: 'x', branches: [{ kernel: [1, 3] }] }, 'no branch can be the main one'],
    [{ name: 'x', branches: [{ scale: 0 }] }, 'scale must be'],
    [{ name: 'x', branches: [{ mask: [[1, 0], [1]] }] }, 'mask must be'],
    [{ name: 'x', branches: [{}, { identity: true, kernel: [1, 1] }] }, 'exclude each other'],
    [{ name: 'x', branches: [{}, { average: 3 }] }, 'average needs pointwise'],
    [{ name: 'x', branches: [{ copies: 1.5 }] }, 'copies must be'],
  ])('%j', (spec, message) => {
    expect(() => customBlock(spec as never)).toThrow(message);
  });
});
