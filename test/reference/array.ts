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

export function offsetOf(dims: readonly number[], position: readonly number[]): number {
  let flat = 0;
  for (let axis = 0; axis < dims.length; axis++) {
    flat = flat * (dims[axis] as number) + (position[axis] as number);
  }
  return flat;
}

/** A tensor whose element at each position is `value(position)`; the position is overwritten after each call. */
export function generate(
  dims: readonly number[],
  value: (position: readonly number[]) => number,
): NdArray {
  const result = zeros(dims);
  const position = Array<number>(dims.length).fill(0);
  for (let i = 0; i < result.data.length; i++) {
    result.data[i] = value(position);
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      position[axis] = (position[axis] as number) + 1;
      if ((position[axis] as number) < (dims[axis] as number)) break;
      position[axis] = 0;
    }
  }
  return result;
}

export const at = (a: NdArray, position: readonly number[]): number =>
  a.data[offsetOf(a.dims, position)] as number;

export const normalizeAxis = (axis: number, rank: number): number =>
  axis < 0 ? axis + rank : axis;
