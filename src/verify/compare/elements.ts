/** value ÷ unit, kept finite because reports are JSON. */
export const ratio = (value: number, unit: number): number =>
  value === 0 ? 0 : Math.min(value / unit, Number.MAX_VALUE);

/** Index of the element at a position in row-major order. */
export function unravel(position: number, dims: readonly number[]): number[] {
  let rest = position;
  return dims
    .toReversed()
    .map((length) => {
      const index = rest % length;
      rest = Math.floor(rest / length);
      return index;
    })
    .reverse();
}

/** Large tensors are read in pieces of this many elements: 16-bit floats become 64-bit ones to be compared. */
const pieceLength = 2 ** 16;

/** Ranges of elements that cover a tensor. */
export function* pieces(size: number): Generator<readonly [start: number, end: number]> {
  for (let start = 0; start < size; start += pieceLength) {
    yield [start, Math.min(start + pieceLength, size)];
  }
}
