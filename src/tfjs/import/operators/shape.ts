import type { Value } from '../../../ir/index.js';
import { Tensor } from '../../../tensor/index.js';
import {
  lastToSecond,
  type NetworkWriter,
  plainSignal,
  type Signal,
  secondToLast,
} from '../writer.js';
import { map } from './elementwise.js';

const sameOrder = (a: readonly number[], b: readonly number[]): boolean => a.join() === b.join();

/** Everything but the batch in one axis, the channels fastest: [N, H, W, C] → [N, H·W·C]. */
export function flatten(writer: NetworkWriter, x: Signal): Signal {
  const spatial = writer.shape(x).slice(1, -1);
  // Where there is one pixel, its channels are in order already.
  const single = spatial.every((length) => length === 1);
  const value = single ? x.value : writer.plain(x);
  return plainSignal(writer.op('Flatten', [value], { axis: 1 }));
}

/** @param dims of the result; −1 for the length that follows, 0 for that of the same axis. */
export function reshape(writer: NetworkWriter, x: Signal, dims: readonly number[]): Signal {
  const shape = writer.int64s('shape', dims);
  return plainSignal(writer.op('Reshape', [writer.plain(x), shape]));
}

/** Axis i of the result is axis `perm[i]`. Exchanges of data formats cost nothing where the order is already there. */
export function transpose(writer: NetworkWriter, x: Signal, perm: readonly number[]): Signal {
  const rank = writer.shape(x).length;
  if (rank !== perm.length || ![...perm.keys()].every((axis) => perm.includes(axis))) {
    throw writer.fault(`puts the axes [${perm.join(', ')}] of a tensor with ${rank} in order`);
  }
  if (rank > 2 && sameOrder(perm, lastToSecond(rank))) return plainSignal(writer.first(x));
  if (rank > 2 && sameOrder(perm, secondToLast(rank))) {
    return { value: writer.plain(x), channelsFirst: true };
  }
  return plainSignal(writer.op('Transpose', [writer.plain(x)], { perm }));
}

/** Rows before and after each axis, as TensorFlow.js counts the axes, filled with one value (Pad). */
export function pad(
  writer: NetworkWriter,
  x: Signal,
  rows: readonly (readonly [number, number])[],
  fill = 0,
): Signal {
  const rank = writer.shape(x).length;
  if (rows.length !== rank) throw writer.fault(`pads ${rows.length} axes of ${rank}`);
  const order = x.channelsFirst ? lastToSecond(rank) : [...rows.keys()];
  const side = (i: 0 | 1): number[] => order.map((axis) => rows[axis]?.[i] ?? 0);
  const pads = writer.int64s('pads', [...side(0), ...side(1)]);
  const filling = fill === 0 ? [] : [writer.fixed(Tensor.scalar('float32', fill))];
  return map(x, (value) => writer.op('Pad', [value, pads, ...filling]));
}

/** Takes rows off both ends of the two spatial axes of [N, C, H, W] (Slice). */
export function crop(
  writer: NetworkWriter,
  image: Value,
  rows: readonly (readonly [number, number])[],
): Value {
  const last = 2 ** 31 - 1;
  const starts = rows.map(([before]) => before);
  const ends = rows.map(([, after]) => (after === 0 ? last : -after));
  const axes = rows.map((_, i) => i + 2);
  const bounds = Object.entries({ starts, ends, axes });
  return writer.op('Slice', [image, ...bounds.map(([name, list]) => writer.int64s(name, list))]);
}

/** Repeats or interpolates pixels, `size` times on each spatial axis of [N, C, H, W] (Resize). */
export function upsample(
  writer: NetworkWriter,
  image: Value,
  size: readonly number[],
  mode: 'nearest' | 'linear',
): Value {
  const scales = writer.fixed(Tensor.fromNumbers('float32', [4], [1, 1, ...size]));
  const rounding = mode === 'nearest' ? { nearest_mode: 'floor' } : {};
  return writer.op('Resize', [image, null, scales], {
    mode,
    coordinate_transformation_mode: 'asymmetric',
    ...rounding,
  });
}
