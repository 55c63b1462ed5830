/** A tensor of plain numbers in row-major order. */
export interface NdArray {
  readonly dims: readonly number[];
  readonly data: Float64Array;
}

export const count = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

export const zeros = (dims: readonly number[]): NdArray => ({
  dims,
  data: new Float64Array(count(dims)),
});

export const ndArray = (dims: readonly number[], values: ArrayLike<number>): NdArray => ({
  dims,
  data: Float64Array.from(values),
});

/** Every position of a tensor, in row-major order. */
export function positions(dims: readonly number[]): number[][] {
  return dims.reduce<number[][]>(
    (prefixes, length) => prefixes.flatMap((p) => Array.from({ length }, (_, i) => [...p, i])),
    [[]],
  );
}

export const offsetOf = (dims: readonly number[], position: readonly number[]): number =>
  position.reduce((flat, at, axis) => flat * (dims[axis] as number) + at, 0);

/** A tensor whose element at each position is `value(position)`. */
export const generate = (
  dims: readonly number[],
  value: (position: readonly number[]) => number,
): NdArray => ({ dims, data: Float64Array.from(positions(dims), value) });

export const at = (a: NdArray, position: readonly number[]): number =>
  a.data[offsetOf(a.dims, position)] as number;

export const normalizeAxis = (axis: number, rank: number): number =>
  axis < 0 ? axis + rank : axis;
