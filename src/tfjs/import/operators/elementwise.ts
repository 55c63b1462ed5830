import type { Value } from '../../../ir/index.js';
import { reshaped } from '../permute.js';
import { type Constant, lastToSecond, type NetworkWriter, type Signal } from '../writer.js';

/** What an operator reads: a tensor that was computed, or a constant. */
export type Operand = Signal | Constant;

export const isConstant = (operand: Operand): operand is Constant => 'tensor' in operand;

/** A node that treats every element alike, in whatever order they are. */
export const map = (x: Signal, write: (value: Value) => Value): Signal => ({
  ...x,
  value: write(x.value),
});

const rankOf = (writer: NetworkWriter, operand: Operand): number =>
  isConstant(operand) ? operand.tensor.dims.length : writer.shape(operand).length;

/** Lengths with ones before them: what broadcasting takes a shorter shape for. */
const padded = (dims: readonly number[], rank: number): number[] => [
  ...Array<number>(Math.max(0, rank - dims.length)).fill(1),
  ...dims,
];

/** A constant that meets tensors of this rank with the channels in the second place. */
function constantFirst(writer: NetworkWriter, constant: Constant, rank: number): Value {
  const { size, dims } = constant.tensor;
  if (size === 1) return writer.constant(constant, { to: [] });
  return writer.constant(constant, { from: padded(dims, rank), perm: lastToSecond(rank) });
}

function signalFirst(writer: NetworkWriter, signal: Signal, rank: number): Value {
  const missing = rank - writer.shape(signal).length;
  if (missing <= 0) return writer.first(signal);
  return writer.first({ value: unsqueezed(writer, signal, missing, 0), channelsFirst: false });
}

/** Puts `count` axes of length 1 before the axis `at`. */
export function unsqueezed(
  writer: NetworkWriter,
  signal: Signal,
  count: number,
  at: number,
): Value {
  const axes = Array.from({ length: count }, (_, i) => at + i);
  return writer.op('Unsqueeze', [writer.plain(signal), writer.int64s('axes', axes)]);
}

export interface Aligned {
  readonly values: readonly Value[];
  readonly channelsFirst: boolean;
}

/** The operands in one order of axes: with the channels in the second place where one of them has them there. */
export function align(writer: NetworkWriter, operands: readonly Operand[]): Aligned {
  const channelsFirst = operands.some((operand) => !isConstant(operand) && operand.channelsFirst);
  const rank = Math.max(...operands.map((operand) => rankOf(writer, operand)));
  const values = operands.map((operand) => {
    if (isConstant(operand)) {
      return channelsFirst ? constantFirst(writer, operand, rank) : writer.constant(operand);
    }
    return channelsFirst ? signalFirst(writer, operand, rank) : writer.plain(operand);
  });
  return { values, channelsFirst };
}

/** A broadcasting operator, for more than two operands applied to one after the other. */
export function elementwise(
  writer: NetworkWriter,
  opType: string,
  operands: readonly Operand[],
): Signal {
  const { values, channelsFirst } = align(writer, operands);
  const [first, ...others] = values as [Value, ...Value[]];
  const value = others.reduce((result, next) => writer.op(opType, [result, next]), first);
  return { value, channelsFirst };
}

/** A constant with one number a channel, for an operator on images of the given data format. */
export function perChannel(constant: Constant, rank: number, channelsLast: boolean): Constant {
  if (channelsLast) return constant;
  const dims = [...constant.tensor.dims, ...Array<number>(Math.max(0, rank - 2)).fill(1)];
  return { ...constant, tensor: reshaped(constant.tensor, dims) };
}

/** Joins tensors along an axis, as TensorFlow.js counts it. */
export function concat(writer: NetworkWriter, operands: readonly Operand[], axis: number): Signal {
  const { values, channelsFirst } = align(writer, operands);
  const joined = { value: values[0] as Value, channelsFirst };
  return { ...joined, value: writer.op('Concat', values, { axis: writer.axis(joined, axis) }) };
}
