import type { Node } from '../../../ir/index.js';
import {
  bfloat16ToNumber,
  elementCount,
  float16ToNumber,
  isFloat,
  numberToBfloat16,
  numberToFloat16,
  type Tensor,
} from '../../../tensor/index.js';
import { statedConstant } from '../constants.js';
import { type Cause, type Difference, numberText } from './cause.js';

const inputNames: Readonly<Record<string, readonly string[]>> = {
  Conv: ['', 'weight', 'bias'],
  ConvTranspose: ['', 'weight', 'bias'],
  Gemm: ['', 'weight', 'bias'],
  BatchNormalization: ['', 'scale', 'bias', 'mean', 'variance'],
};

const inputName = (node: Node, position: number): string =>
  inputNames[node.opType]?.[position] ?? `input ${position}`;

type Floats = Float32Array | Float64Array;

function largestOf(values: Floats): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++)
    largest = Math.max(largest, Math.abs(values[i] as number));
  return largest;
}

const everyElement = (x: Floats, test: (value: number, index: number) => boolean): boolean => {
  for (let i = 0; i < x.length; i++) if (!test(x[i] as number, i)) return false;
  return true;
};

/** The 16-bit type to which `b` is `a` rounded, null for none. */
function roundedTo(x: Floats, y: Floats): string | null {
  const half = (value: number) => float16ToNumber(numberToFloat16(value));
  const brain = (value: number) => bfloat16ToNumber(numberToBfloat16(value));
  if (everyElement(x, (value, i) => half(value) === y[i])) return 'float16';
  return everyElement(x, (value, i) => brain(value) === y[i]) ? 'bfloat16' : null;
}

/** A number for each slice along an axis that hardly any other slice has. */
function fingerprints(values: Floats, dims: readonly number[], axis: number): Float64Array {
  const rows = dims[axis] ?? 1;
  const inner = elementCount(dims.slice(axis + 1));
  const sums = new Float64Array(rows);
  for (let i = 0; i < values.length; i++) {
    const row = Math.floor(i / inner) % rows;
    const place = Math.floor(i / (inner * rows)) * inner + (i % inner);
    sums[row] = (sums[row] as number) + (values[i] as number) * Math.sqrt(place + 2);
  }
  return sums;
}

/** Slices along an axis that hold the elements of another slice of the other tensor. */
function permuted(x: Floats, y: Floats, dims: readonly number[], axis: number): string | null {
  const places = new Map(
    Array.from(fingerprints(x, dims, axis), (sum, row) => [sum, row] as const),
  );
  if (places.size !== dims[axis]) return null;
  const moved: string[] = [];
  for (const [row, sum] of fingerprints(y, dims, axis).entries()) {
    const from = places.get(sum);
    if (from === undefined) return null;
    if (from !== row) moved.push(`${row} is ${from}`);
  }
  const shown = moved.slice(0, 4).join(', ');
  return moved.length === 0 ? null : moved.length > 4 ? `${shown}, …` : shown;
}

/** Whether every kernel of a weight [Cout, Cin, k, k] has its rows and columns swapped. */
function isTransposed(x: Floats, y: Floats, dims: readonly number[]): boolean {
  const [, , height, width = 1] = dims;
  if (dims.length !== 4 || height !== width) return false;
  return everyElement(y, (value, i) => {
    const at = i % (width * width);
    return value === x[i - at + (at % width) * width + Math.floor(at / width)];
  });
}

/** Weights that are merged anew are rounded differently: below this share of the largest they are the same. */
const roundingNoise = 2 ** -20;

function describe(x: Floats, y: Floats, dims: readonly number[], rounds: boolean): string | null {
  const type = roundedTo(x, y);
  if (type) return `is that of the first model rounded to ${type}`;
  for (const [axis, channels] of ['channels', 'input channels'].entries()) {
    const order = dims.length > axis ? permuted(x, y, dims, axis) : null;
    if (order) return `has its ${channels} in another order (${order})`;
  }
  if (isTransposed(x, y, dims)) return 'has kernels whose rows and columns are swapped';
  const noise = rounds ? roundingNoise * largestOf(x) : 0;
  let count = 0;
  let largest = 0;
  let at = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = Math.abs((x[i] as number) - (y[i] as number));
    if (difference > noise) count++;
    if (difference > largest) {
      largest = difference;
      at = i;
    }
  }
  if (count === 0) return null;
  const pair = `${numberText(y[at] as number)} against ${numberText(x[at] as number)}`;
  return `differs in ${count} of ${x.length} elements, most at element ${at}: ${pair}`;
}

function compareConstants(a: Node, b: Node, rounds: boolean): string[] {
  return b.inputs.flatMap((input, i) => {
    const [x, y] = [statedConstant(a.inputs[i]), statedConstant(input)];
    if (!x || !y || x.equals(y)) return [];
    const subject = `the ${inputName(b, i)} of ${b.label}`;
    if (x.dims.join() !== y.dims.join()) {
      return [`${subject} is of shape ${y.dims.join('x')}, in the first model ${x.dims.join('x')}`];
    }
    const found = describeTensors(x, y, rounds);
    return found === null ? [] : [`${subject} ${found}`];
  });
}

function describeTensors(x: Tensor, y: Tensor, rounds: boolean): string | null {
  if (!isFloat(x.dtype) || !isFloat(y.dtype)) return 'has other elements';
  return describe(x.toFloats(), y.toFloats(), x.dims, rounds);
}

const compareTwins =
  (rounds: boolean): Cause =>
  ({ partA, partB, twins }) =>
    partA.nodes.length === partB.nodes.length
      ? twins.flatMap(([a, b]) => compareConstants(a, b, rounds))
      : [];

/** Constants of nodes that stand for each other. */
export const weights: Cause = compareTwins(false);

/** The same where those of one part have been computed from others. */
export const mergedWeights: Cause = compareTwins(true);

/** Fewer elements may be round numbers by chance. */
const fewElements = 16;

/** The 16-bit type that every element of a 32-bit constant fits, null for none and for constants of whole numbers. */
function coarseType(tensor: Tensor | null): string | null {
  if (tensor?.dtype !== 'float32' || tensor.size < fewElements) return null;
  const values = tensor.toFloats();
  return everyElement(values, Number.isInteger) ? null : roundedTo(values, values);
}

/** 32-bit constants that have been through a 16-bit type, in one part alone. */
export const roundedConstants: Cause = ({ partA, partB }: Difference) => {
  const rounded = (nodes: readonly Node[]): string[] =>
    nodes.flatMap((node) =>
      node.inputs.flatMap((input, i) => {
        const type = coarseType(statedConstant(input));
        return type
          ? [`every element of the ${inputName(node, i)} of ${node.label} is a ${type}`]
          : [];
      }),
    );
  return rounded(partA.nodes).length > 0
    ? []
    : rounded(partB.nodes).map((sentence) => `${sentence}: it has been rounded`);
};

/** A bias that only one of two nodes has. */
export const missingBias: Cause = ({ partA, partB, twins }: Difference) =>
  (partA.nodes.length === partB.nodes.length ? twins : []).flatMap(([a, b]) => {
    if (!b.is('Conv', 'ConvTranspose', 'Gemm')) return [];
    const [first, second] = [a.inputs[2] ?? null, b.inputs[2] ?? null];
    if ((first === null) === (second === null)) return [];
    return [
      second === null
        ? `${b.label} has no bias, ${a.label} of the first model has one`
        : `${b.label} has a bias, ${a.label} of the first model has none`,
    ];
  });
