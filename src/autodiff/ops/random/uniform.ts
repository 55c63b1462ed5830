import type { Value } from '../../../ir/index.js';
import { elementCount, Tensor } from '../../../tensor/index.js';
import { add, square, sub, times } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import { concat, reshape, slice } from '../../layout.js';

/** Numbers of half of a counter: 11 bits, so that the square of a sum of two of them is exact in float32. */
const half = 2 ** 11;
const period = half ** 2;
const rounds = 6;

const floor = (b: TypedBuilder, x: Value): Value => b.op('Floor', [x]);

/** `x` modulo 1. */
const fraction = (b: TypedBuilder, x: Value): Value => sub(b, x, floor(b, x));

/** `x` cut to a multiple of 1/2¹¹. */
const cut = (b: TypedBuilder, x: Value): Value => times(b, floor(b, times(b, x, half)), 1 / half);

/** 0, 1/2¹¹, 2/2¹¹ … `[length]` */
const counter = (b: TypedBuilder, length: number): Value => {
  const values = Array.from({ length }, (_, i) => i / half);
  return b.constant(Tensor.fromNumbers('float32', [length], values), 'counter');
};

/**
 * Pseudo-random numbers made of keys: a Feistel network (a permutation of the counter, like a block cipher) of two
 * halves left and right, `left, right ← right, left + middle bits of (right + key)²`. Every step is exact in float32, so
 * that the numbers are the same on every device.
 * @param keys `[rounds]`, uniform in [0, 1) @returns `[count]`, multiples of 2⁻²² in [0, 1), none twice
 */
function permuted(b: TypedBuilder, keys: Value, count: number): Value {
  const rows = Math.ceil(count / half);
  let left = reshape(b, counter(b, rows), [rows, 1]);
  let right = counter(b, half);
  for (let round = 0; round < rounds; round++) {
    const key = slice(b, keys, [{ axis: 0, start: round, end: round + 1 }]);
    // The square has 22 bits behind the point; those from the 6th on take part.
    const middle = times(b, square(b, add(b, right, cut(b, key))), 2 ** 5);
    [left, right] = [right, cut(b, fraction(b, add(b, left, fraction(b, middle))))];
  }
  const both = add(b, left, times(b, right, 1 / half));
  return slice(b, reshape(b, both, [rows * half]), [{ axis: 0, start: 0, end: count }]);
}

/**
 * Numbers that are uniform in [0, 1), float32, different on each run: they follow from a few random numbers that are a
 * graph input, for which see `TypedBuilder.noise`.
 * @param name of that input
 */
export function uniform(b: TypedBuilder, dims: readonly number[], name: string): Value {
  const count = elementCount(dims);
  const starts = Array.from({ length: Math.ceil(count / period) }, (_, i) => i * period);
  const parts = starts.map((start) =>
    permuted(b, b.noise(name, [rounds]), Math.min(period, count - start)),
  );
  return reshape(b, concat(b, parts, 0), dims);
}
