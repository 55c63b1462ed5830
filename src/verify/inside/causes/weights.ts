import type { Node } from '../../../ir/index.js';
import {
  bfloat16ToNumber,
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

/** Rows along the first axis that hold the elements of another row of the other tensor. */
function permutedRows(x: Floats, y: Floats, rows: number): string | null {
  const width = x.length / rows;
  const key = (values: Floats, row: number) =>
    values.subarray(row * width, (row + 1) * width).join();
  const places = new Map(Array.from({ length: rows }, (_, row) => [key(x, row), row] as const));
  if (places.size !== rows) return null;
  const moved: string[] = [];
  for (let row = 0; row < rows; row++) {
    const from = places.get(key(y, row));
    if (from === undefined) return null;
    if (from !== row) moved.push(`${row} is ${from}`);
  }
  const shown = moved.slice(0, 4).join(', ');
  return moved.length === 0 ? null : moved.length > 4 ? `${shown}, …` : shown;
}

function describe(x: Floats, y: Floats, dims: readonly number[]): string {
  const type = roundedTo(x, y);
  if (type) return `is that of the first model rounded to ${type}`;
  const permuted = dims[0] ? permutedRows(x, y, dims[0]) : null;
  if (permuted) return `has its channels in another order (${permuted})`;
  let count = 0;
  let largest = 0;
  let at = 0;
  for (let i = 0; i < x.length; i++) {
    const difference = Math.abs((x[i] as number) - (y[i] as number));
    if (difference > 0) count++;
    if (difference > largest) {
      largest = difference;
      at = i;
    }
  }
  const pair = `${numberText(y[at] as number)} against ${numberText(x[at] as number)}`;
  return `differs in ${count} of ${x.length} elements, most at element ${at}: ${pair}`;
}

function compareConstants(a: Node, b: Node): string[] {
  return b.inputs.flatMap((input, i) => {
    const [x, y] = [statedConstant(a.inputs[i]), statedConstant(input)];
    if (!x || !y || x.equals(y)) return [];
    const subject = `the ${inputName(b, i)} of ${b.label}`;
    if (x.dims.join() !== y.dims.join()) {
      return [`${subject} is of shape ${y.dims.join('x')}, in the first model ${x.dims.join('x')}`];
    }
    return [`${subject} ${describeTensors(x, y)}`];
  });
}

function describeTensors(x: Tensor, y: Tensor): string {
  if (!isFloat(x.dtype) || !isFloat(y.dtype)) return 'has other elements';
  return describe(x.toFloats(), y.toFloats(), x.dims);
}

/** Constants of nodes that stand for each other. */
export const weights: Cause = ({ partA, partB, twins }: Difference) => {
  if (partA.nodes.length !== partB.nodes.length) return [];
  return twins.flatMap(([a, b]) => compareConstants(a, b));
};

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
      second === null ? `${b.label} has no bias, as in the first model` : `${b.label} has a bias`,
    ];
  });
