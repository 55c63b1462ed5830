import fc from 'fast-check';
import { expect, test } from 'vitest';
import { differentiate } from '../../src/autodiff/index.js';
import { type AttributeValue, float, GraphBuilder } from '../../src/ir/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { count, type NdArray } from '../reference/array.js';
import { Choices, choiceNumbers } from '../reference/choices.js';
import { evaluate } from '../reference/float64.js';
import { random } from './gradient-check.js';

/** An operator that is linear in some of its operands; what it adds to the product (a bias) is left out. */
interface Linear {
  readonly opType: string;
  /** Lengths of the floating-point operands, in each of which the operator is linear. */
  readonly operands: readonly (readonly number[])[];
  readonly constants?: readonly Tensor[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
}

const dot = (a: NdArray, b: NdArray): number =>
  a.data.reduce((sum, x, i) => sum + x * (b.data[i] as number), 0);

const size = (a: NdArray): number => Math.sqrt(dot(a, a));

const feeds = (values: readonly NdArray[]): Map<string, NdArray> =>
  new Map(values.map((value, i) => [`x${i}`, value]));

/** The operator alone, and the sum of its result times the operand `u`. */
function graphs({ opType, operands, constants = [], attributes, opset }: Linear, u?: NdArray) {
  const b = new GraphBuilder();
  const inputs = operands.map((dims, i) => b.input(`x${i}`, dims, 'float64'));
  const y = b.op(opType, [...inputs, ...constants.map((t) => b.constant(t))], attributes);
  const weights = u && b.constant(Tensor.fromNumbers('float64', u.dims, u.data));
  const loss = weights && b.op('ReduceSum', [b.op('Mul', [y, weights])], { keepdims: 0 });
  return { model: b.model(opset ?? 17), inputs, y, loss: loss ?? y };
}

async function apply(op: Linear, values: readonly NdArray[]): Promise<NdArray> {
  const { model, y } = graphs(op);
  return (await evaluate(model, feeds(values))).get(y) as NdArray;
}

/**
 * `⟨vjp(u), v⟩ = ⟨u, jvp(v)⟩` for each operand: jvp(v) is the operator itself with v in the operand's place, and vjp is
 * taken elsewhere, for it must not depend on where.
 */
async function expectAdjoint(op: Linear, seed: number): Promise<void> {
  const at = op.operands.map((dims, i) => random(dims, seed + i));
  const u = random((await apply(op, at)).dims, seed + 10);
  const { model, inputs, loss } = graphs(op, u);
  for (const portable of [false, true]) {
    const { builder, gradients } = differentiate(model, { loss, parameters: inputs, portable });
    const found = await evaluate(builder.model(), feeds(at));
    for (const [i, input] of inputs.entries()) {
      const gradient = gradients.get(input);
      const back = gradient ? (found.get(gradient) as NdArray) : null;
      const v = random(op.operands[i] as number[], seed + 20 + i);
      const forth = await apply(op, at.with(i, v));
      const difference = dot(back as NdArray, v) - dot(u, forth);
      const scale = size(u) * size(forth) || 1;
      expect(Math.abs(difference) / scale, `${op.opType}, operand ${i}`).toBeLessThan(1e-12);
    }
  }
}

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

function window(c: Choices, rank: number) {
  const kernel = lists(c, rank, 1, 3);
  return {
    kernel,
    group: c.of(1, 2, 3),
    strides: lists(c, rank, 1, 3),
    dilations: lists(c, rank, 1, 2),
    pads: [...kernel, ...kernel].map((k) => c.below(k)),
  };
}

function conv(c: Choices): Linear {
  const rank = c.of(2, 1, 3);
  const { kernel, ...attributes } = window(c, rank);
  const [inputs, outputs] = [c.between(1, 3), c.between(1, 3)];
  const x = [c.between(1, 3), attributes.group * inputs, ...lists(c, rank, 5, rank === 3 ? 5 : 8)];
  const operands = [x, [attributes.group * outputs, inputs, ...kernel]];
  return { opType: 'Conv', operands, attributes };
}

function convTranspose(c: Choices): Linear {
  const rank = c.of(2, 1, 3);
  const { kernel, ...attributes } = window(c, rank);
  const output_padding = attributes.strides.map((stride) => c.below(stride));
  const [inputs, outputs] = [c.between(1, 3), c.between(1, 3)];
  const x = [c.between(1, 2), attributes.group * inputs, ...lists(c, rank, 3, 4)];
  const operands = [x, [attributes.group * inputs, outputs, ...kernel]];
  return { opType: 'ConvTranspose', operands, attributes: { ...attributes, output_padding } };
}

function averagePool(c: Choices): Linear {
  const rank = c.of(2, 1, 3);
  const { kernel, pads, strides } = window(c, rank);
  const operands = [[c.between(1, 2), c.between(1, 3), ...lists(c, rank, 5, 7)]];
  const count_include_pad = c.below(2);
  const attributes = { kernel_shape: kernel, pads, strides, count_include_pad };
  return { opType: 'AveragePool', operands, attributes };
}

function matMul(c: Choices): Linear {
  const [rows, inner, columns] = lists(c, 3, 1, 4) as [number, number, number];
  const batch = lists(c, c.of(0, 1, 2), 1, 3);
  const repeated = batch.map((length) => (c.once(3) ? 1 : length)).slice(c.below(2));
  const left = c.once(4) ? [inner] : [...batch, rows, inner];
  const right = c.once(4) ? [inner] : [...repeated, inner, columns];
  return { opType: 'MatMul', operands: [left, right] };
}

function gemm(c: Choices): Linear {
  const [rows, inner, columns] = lists(c, 3, 1, 4) as [number, number, number];
  const [transA, transB] = [c.below(2), c.below(2)];
  const operands = [
    transA ? [inner, rows] : [rows, inner],
    transB ? [columns, inner] : [inner, columns],
  ];
  return { opType: 'Gemm', operands, attributes: { transA, transB, alpha: float(c.of(1, 0.5)) } };
}

function einsum(c: Choices): Linear {
  const length = (): number => c.between(1, 3);
  const lengths = new Map([...'abcd'].map((label) => [label, length()] as const));
  const labels = (): string => [...'abcd'].filter(() => c.once(2)).join('') || 'a';
  const terms = Array.from({ length: c.between(1, 3) }, labels);
  const all = [...new Set(terms.join(''))];
  const result = all.filter(() => c.once(2)).join('');
  const operands = terms.map((term) => [...term].map((label) => lengths.get(label) as number));
  return { opType: 'Einsum', operands, attributes: { equation: `${terms}->${result}` } };
}

function reduction(c: Choices): Linear {
  const dims = lists(c, c.between(1, 4), 1, 4);
  const axes = [...dims.keys()].filter(() => c.once(2));
  const constants = axes.length === 0 ? [] : [Tensor.int64s(axes)];
  const attributes = { keepdims: c.below(2) };
  const opType = c.of('ReduceSum', 'ReduceMean');
  return { opType, operands: [dims], constants, attributes, opset: 18 };
}

function cumSum(c: Choices): Linear {
  const dims = lists(c, c.between(1, 4), 1, 4);
  const constants = [Tensor.fromNumbers('int64', [], [c.below(dims.length)])];
  const attributes = { exclusive: c.below(2), reverse: c.below(2) };
  return { opType: 'CumSum', operands: [dims], constants, attributes };
}

function globalAveragePool(c: Choices): Linear {
  return { opType: 'GlobalAveragePool', operands: [lists(c, c.between(3, 5), 1, 4)] };
}

function transposed(c: Choices): Linear {
  const dims = lists(c, c.between(1, 4), 1, 4);
  const rest = [...dims.keys()];
  const perm = dims.map(() => rest.splice(c.below(rest.length), 1)[0] as number);
  return { opType: 'Transpose', operands: [dims], attributes: { perm } };
}

function reshaped(c: Choices): Linear {
  const dims = lists(c, c.between(1, 4), 1, 4);
  const first = dims[0] as number;
  const constants = [Tensor.int64s([1, first, count(dims) / first])];
  return { opType: 'Reshape', operands: [dims], constants };
}

function product(c: Choices): Linear {
  const dims = lists(c, c.between(1, 4), 1, 4);
  const repeated = dims.map((length) => (c.once(3) ? 1 : length)).slice(c.below(2));
  return { opType: 'Mul', operands: [dims, repeated] };
}

test.each([
  conv,
  convTranspose,
  averagePool,
  globalAveragePool,
  matMul,
  gemm,
  einsum,
  reduction,
  cumSum,
  transposed,
  reshaped,
  product,
])('the gradient is the adjoint: %o', async (choose) => {
  await fc.assert(
    fc.asyncProperty(choiceNumbers(40), async (numbers) => {
      await expectAdjoint(choose(new Choices(numbers)), 1 + (numbers[0] ?? 0));
    }),
    { numRuns: 20 },
  );
});

test('an operator that is not linear is found out', async () => {
  const bent: Linear = { opType: 'Softplus', operands: [[5]] };
  await expect(expectAdjoint(bent, 1)).rejects.toThrow('Softplus');
});
