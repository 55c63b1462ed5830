import type { Node } from '../../src/ir/index.js';
import { at, count, generate, type NdArray, normalizeAxis } from './array.js';

const numbers = (a: NdArray | null | undefined): number[] | null => (a ? [...a.data] : null);

/** Which element of an axis a padded position shows; null for the constant. */
const padSources: Readonly<Record<string, (i: number, length: number) => number | null>> = {
  constant: (i, length) => (i < 0 || i >= length ? null : i),
  edge: (i, length) => (i < 0 ? 0 : i >= length ? length - 1 : i),
  reflect(i, length) {
    let at = i;
    while (at < 0 || at >= length) at = at < 0 ? -at : 2 * (length - 1) - at;
    return at;
  },
  wrap(i, length) {
    let at = i;
    while (at < 0) at += length;
    while (at >= length) at -= length;
    return at;
  },
};

/** Pads by attribute (opset < 11) or input; negative amounts crop. */
export function pad(node: Node, inputs: readonly (NdArray | null)[]): NdArray {
  const x = inputs[0] as NdArray;
  const source = padSources[node.string('mode', 'constant')];
  if (!source) throw new Error('Pad: unknown mode');
  const rank = x.dims.length;
  const amounts = node.ints('pads') ?? numbers(inputs[1]) ?? [];
  const value = inputs[2]?.data[0] ?? node.float('value', 0);
  const axes = numbers(inputs[3])?.map((axis) => normalizeAxis(axis, rank)) ?? [...x.dims.keys()];
  const begin = Array<number>(rank).fill(0);
  const dims = [...x.dims];
  axes.forEach((axis, i) => {
    begin[axis] = amounts[i] as number;
    dims[axis] =
      (dims[axis] as number) + (amounts[i] as number) + (amounts[i + axes.length] as number);
  });
  return generate(dims, (position) => {
    const from = position.map((p, axis) =>
      source(p - (begin[axis] as number), x.dims[axis] as number),
    );
    return from.every((p) => p !== null) ? at(x, from as number[]) : value;
  });
}

/** Positive and negative steps, bounds clamped as numpy clamps them. */
export function slice(node: Node, inputs: readonly (NdArray | null)[]): NdArray {
  const x = inputs[0] as NdArray;
  const starts = node.ints('starts') ?? numbers(inputs[1]) ?? [];
  const ends = node.ints('ends') ?? numbers(inputs[2]) ?? [];
  const axes = node.ints('axes') ?? numbers(inputs[3]) ?? starts.map((_, i) => i);
  const steps = numbers(inputs[4]) ?? starts.map(() => 1);
  const kept = x.dims.map((length) => Array.from({ length }, (_, i) => i));
  axes.forEach((axis, i) => {
    const along = normalizeAxis(axis, x.dims.length);
    const length = x.dims[along] as number;
    const step = steps[i] as number;
    const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
    const clamp = (p: number): number => Math.min(Math.max(p < 0 ? p + length : p, low), high);
    const rows: number[] = [];
    const end = clamp(ends[i] as number);
    for (let p = clamp(starts[i] as number); step > 0 ? p < end : p > end; p += step) rows.push(p);
    kept[along] = rows;
  });
  return select(x, kept);
}

/** The elements at the crossings of the rows kept along each axis. */
const select = (x: NdArray, kept: readonly (readonly number[])[]): NdArray =>
  generate(
    kept.map((rows) => rows.length),
    (position) =>
      at(
        x,
        position.map((p, axis) => kept[axis]?.[p] as number),
      ),
  );

const whole = (x: NdArray): number[][] =>
  x.dims.map((length) => Array.from({ length }, (_, i) => i));

export function split(node: Node, inputs: readonly (NdArray | null)[]): NdArray[] {
  const x = inputs[0] as NdArray;
  const axis = normalizeAxis(node.int('axis', 0), x.dims.length);
  const length = x.dims[axis] as number;
  const parts = node.outputs.length;
  const each = Math.ceil(length / parts);
  const equal = Array.from({ length: parts }, (_, i) => Math.min(each, length - i * each));
  const sizes = node.ints('split') ?? numbers(inputs[1]) ?? equal;
  let start = 0;
  return sizes.map((size) => {
    const kept = whole(x);
    kept[axis] = Array.from({ length: size }, (_, i) => start + i);
    start += size;
    return select(x, kept);
  });
}

/** The indices' axes take the place of the one that they index. */
export function gather(node: Node, x: NdArray, indices: NdArray): NdArray {
  const axis = normalizeAxis(node.int('axis', 0), x.dims.length);
  const length = x.dims[axis] as number;
  const lead = x.dims.slice(0, axis);
  const depth = indices.dims.length;
  return generate([...lead, ...indices.dims, ...x.dims.slice(axis + 1)], (position) => {
    const index = at(indices, position.slice(axis, axis + depth));
    const from = [...position.slice(0, axis), normalizeAxis(index, length)];
    return at(x, [...from, ...position.slice(axis + depth)]);
  });
}

export function concat(node: Node, inputs: readonly NdArray[]): NdArray {
  const [first] = inputs as [NdArray];
  const axis = normalizeAxis(node.int('axis', 1), first.dims.length);
  const owners = inputs.flatMap((a) =>
    Array.from({ length: a.dims[axis] as number }, (_, i) => ({ a, i })),
  );
  const dims = first.dims.with(axis, owners.length);
  return generate(dims, (position) => {
    const { a, i } = owners[position[axis] as number] as { a: NdArray; i: number };
    return at(a, position.with(axis, i));
  });
}

export function transpose(node: Node, x: NdArray): NdArray {
  const perm = node.ints('perm') ?? [...x.dims.keys()].reverse();
  const dims = perm.map((axis) => x.dims[axis] as number);
  return generate(dims, (position) => {
    const from = Array<number>(dims.length).fill(0);
    perm.forEach((axis, i) => {
      from[axis] = position[i] as number;
    });
    return at(x, from);
  });
}

/** Zeros keep a length, −1 takes what is left. */
export function reshape(x: NdArray, shape: NdArray): NdArray {
  const dims = [...shape.data].map((d, axis) => (d === 0 ? (x.dims[axis] as number) : d));
  const known = count(dims.filter((d) => d >= 0));
  return { dims: dims.map((d) => (d < 0 ? x.data.length / known : d)), data: x.data };
}

export function flatten(node: Node, x: NdArray): NdArray {
  const axis = normalizeAxis(node.int('axis', 1), x.dims.length);
  return { dims: [count(x.dims.slice(0, axis)), count(x.dims.slice(axis))], data: x.data };
}
