import type { Value } from '../ir/index.js';
import { dataTypes, Tensor } from '../tensor/index.js';
import type { TypedBuilder } from './builder.js';
import { reshape } from './layout.js';

type B = TypedBuilder;

/**
 * An operator on elements. Where a number meets a tensor that ends in axes of length 1, as the weight of a 1×1
 * convolution does, onnxruntime goes element by element, twenty times slower than over the axes before them.
 */
function onElements(b: B, opType: string, x: Value, y: Value): Value {
  const dims = b.dims(x);
  const isNumber = b.dims(y).length === 0;
  if (!isNumber || dims.length < 2 || dims.at(-1) !== 1) return b.op(opType, [x, y]);
  const long = dims.findLastIndex((length) => length !== 1);
  const flat = reshape(b, x, dims.slice(0, Math.max(1, long + 1)));
  return reshape(b, b.op(opType, [flat, y]), dims);
}

export const add = (b: B, x: Value, y: Value): Value => onElements(b, 'Add', x, y);
export const sub = (b: B, x: Value, y: Value): Value => onElements(b, 'Sub', x, y);
export const mul = (b: B, x: Value, y: Value): Value => onElements(b, 'Mul', x, y);
export const div = (b: B, x: Value, y: Value): Value => onElements(b, 'Div', x, y);
export const neg = (b: B, x: Value): Value => b.op('Neg', [x]);

/** `x` times a number. */
export const times = (b: B, x: Value, factor: number): Value =>
  factor === 1 ? x : mul(b, x, b.scalar(factor, x));

/** `x` plus a number. */
export const plus = (b: B, x: Value, term: number): Value =>
  term === 0 ? x : add(b, x, b.scalar(term, x));

export const square = (b: B, x: Value): Value => mul(b, x, x);

/** Sum of one or more values. */
export function total(b: B, values: readonly [Value, ...Value[]]): Value {
  // Sum would run on the CPU where Add runs on the device.
  const [first, ...others] = values;
  return others.reduce((sum, value) => add(b, sum, value), first);
}

/** 1 where a condition holds and 0 elsewhere, in the type of `like`. */
export const indicator = (b: B, condition: Value, like: Value): Value =>
  b.op('Cast', [condition], { to: dataTypes[b.dtype(like)].code });

/** A tensor filled with one number, in the type of `like`. */
export function filled(b: B, dims: readonly number[], value: number, like: Value): Value {
  if (dims.length === 0) return b.scalar(value, like);
  const one = b.constant(
    Tensor.fromNumbers(
      b.dtype(like),
      dims.map(() => 1),
      [value],
    ),
  );
  return b.op('Expand', [one, b.int64s(dims)]);
}
