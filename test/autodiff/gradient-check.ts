import { expect } from 'vitest';
import { differentiate } from '../../src/autodiff/index.js';
import { type AttributeValue, GraphBuilder, type Model, type Value } from '../../src/ir/index.js';
import { runModel } from '../../src/runtime/index.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { count, type NdArray, ndArray } from '../reference/array.js';
import { evaluate } from '../reference/float64.js';

/** An operator whose gradient is checked. */
export interface Case {
  readonly opType: string;
  /** Floating-point operands that gradients are wanted for: lengths (filled with normal numbers), or the elements. */
  readonly operands: readonly (readonly number[] | NdArray)[];
  /** What follows them: constants, null where one is left out. */
  readonly constants?: readonly (Tensor | null)[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  /** 1 by default; the loss depends on the first result. */
  readonly outputs?: number;
  readonly opset?: number;
  /** Puts operands where the constants are first, or in between. */
  readonly arrange?: (operands: (Value | null)[], constants: (Value | null)[]) => (Value | null)[];
}

const isArray = (x: readonly number[] | NdArray): x is NdArray => 'data' in x;

export function random(dims: readonly number[], seed: number): NdArray {
  const next = normal(seed);
  return ndArray(
    dims,
    Array.from({ length: count(dims) }, () => next()),
  );
}

const dot = (a: NdArray, b: NdArray): number =>
  a.data.reduce((sum, value, i) => sum + value * (b.data[i] as number), 0);

interface Built {
  readonly model: Model;
  readonly loss: Value;
  readonly parameters: readonly Value[];
  readonly values: readonly NdArray[];
}

/** The operator, its first result multiplied with random numbers and summed up: every element counts differently. */
async function build(c: Case, seed: number): Promise<Built> {
  const values = c.operands.map((x, i) => (isArray(x) ? x : random(x, 1000 * seed + i)));
  const make = (weights: NdArray | null) => {
    const b = new GraphBuilder();
    const parameters = values.map((value, i) => b.input(`x${i}`, value.dims));
    const constants = (c.constants ?? []).map((t) => t && b.constant(t));
    const inputs = c.arrange?.([...parameters], constants) ?? [...parameters, ...constants];
    const [y] = b.ops(c.opType, inputs, c.outputs ?? 1, c.attributes) as [Value];
    const scaled = weights ? b.op('Mul', [y, b.floats(weights.dims, weights.data)]) : y;
    const loss = b.op('ReduceSum', [scaled], { keepdims: 0 });
    b.output(loss);
    return { model: b.model(c.opset ?? 17), y, loss, parameters };
  };
  const plain = make(null);
  const results = await evaluate(plain.model, feedsOf(plain.parameters, values));
  const dims = (results.get(plain.y) as NdArray).dims;
  return { ...make(random(dims, 77 + seed)), values };
}

const feedsOf = (inputs: readonly Value[], values: readonly NdArray[]): Map<string, NdArray> =>
  new Map(inputs.map((input, i) => [input.name, values[i] as NdArray]));

async function lossAt(
  { model, loss, parameters }: Built,
  values: readonly NdArray[],
): Promise<number> {
  const results = await evaluate(model, feedsOf(parameters, values));
  return (results.get(loss) as NdArray).data[0] as number;
}

/** The slope of the loss along a direction of one operand, by central differences in float64. */
async function slope(built: Built, operand: number, direction: NdArray): Promise<number> {
  const step = 1e-5;
  const moved = (sign: number): NdArray[] =>
    built.values.map((value, i) =>
      i === operand
        ? ndArray(
            value.dims,
            value.data.map((x, k) => x + sign * step * (direction.data[k] as number)),
          )
        : value,
    );
  return ((await lossAt(built, moved(1))) - (await lossAt(built, moved(-1)))) / (2 * step);
}

/**
 * Checks the gradient of an operator with respect to each operand: the gradient graph in float64 against central
 * differences, and the same graph as onnxruntime runs it in float32, in the form for the CPU and in the portable one.
 */
export async function expectGradient(c: Case, seed = 1): Promise<void> {
  const built = await build(c, seed);
  for (const portable of [false, true]) await checkForm(built, portable, c, seed);
}

async function checkForm(built: Built, portable: boolean, c: Case, seed: number): Promise<void> {
  const { model, loss, parameters, values } = built;
  const { builder, gradients, value } = differentiate(model, { loss, parameters, portable });
  const found = parameters.map((parameter) => gradients.get(parameter) as Value);
  for (const gradient of found) if (gradient.outputOf.size === 0) builder.output(gradient);
  const graph = builder.model();
  const exact = await evaluate(graph, feedsOf(parameters, values));
  const [trained, original] = [exact.get(value(loss))?.data[0], await lossAt(built, values)];
  expect((trained as number) / Math.max(1, Math.abs(original))).toBeCloseTo(
    original / Math.max(1, Math.abs(original)),
    6,
  );
  const feeds = values.map(
    (v, i) => [`x${i}`, Tensor.fromNumbers('float32', v.dims, v.data)] as const,
  );
  const single = await runModel(graph, new Map(feeds));
  for (const [i, gradient] of found.entries()) {
    const reference = exact.get(gradient) as NdArray;
    const label = `${c.opType} operand ${i} ${portable ? 'portable' : 'cpu'}`;
    expect(reference.dims, label).toEqual((values[i] as NdArray).dims);
    const direction = random(reference.dims, 31 * seed + i);
    const [expected, actual] = [await slope(built, i, direction), dot(reference, direction)];
    // Sums may cancel to nearly nothing, but what rounds their terms does not.
    const size = Math.sqrt(dot(reference, reference) * dot(direction, direction));
    expect(Math.abs(expected - actual), label).toBeLessThan(1e-6 * size + 1e-9);
    const floats = (single.get(gradient.name) as Tensor).toNumbers();
    const largest = reference.data.reduce((most, x) => Math.max(most, Math.abs(x)), 1e-30);
    const worst = floats.reduce(
      (most, x, k) => Math.max(most, Math.abs(x - (reference.data[k] as number))),
      0,
    );
    expect(worst, `${label} in float32`).toBeLessThan(1e-4 * largest + 1e-6);
  }
}
