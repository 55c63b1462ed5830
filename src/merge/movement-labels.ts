import { accept, refuse, type Verdict } from '../errors.js';
import { elementCount, Tensor } from '../tensor/index.js';

/** Labels up to twice this many are whole numbers that float32 holds exactly. */
export const maxElements = 1 << 23;

/** What a chain of data movement does to `[N, C, D1…Dn]`: select channels, crop, then pad with constants. */
export interface Movement {
  readonly rows: readonly number[];
  readonly crop: readonly (readonly [number, number])[];
  readonly pad: readonly (readonly [number, number])[];
  /** Border value of each channel; null when nothing is padded. */
  readonly fill: Float64Array | null;
}

/**
 * Feeds the chain the index of each element and reads off where each output element comes from. A second run with all
 * labels raised tells copies from constants.
 */
export async function followLabels(
  run: (labels: Tensor) => Promise<Tensor>,
  dtype: Tensor['dtype'],
  shape: readonly number[],
  label: string,
): Promise<Verdict<Movement>> {
  const plain = await run(labels(dtype, shape, 0));
  if (plain.dims.length !== shape.length || plain.dims[0] !== shape[0]) {
    return refuse('it moves elements to another frame', label);
  }
  const raised = (await run(labels(dtype, shape, maxElements))).toNumbers();
  const found = plain.toNumbers();
  const source = new Int32Array(found.length).fill(-1);
  for (let i = 0; i < found.length; i++) {
    const lifted = (raised[i] as number) - (found[i] as number);
    if (lifted === maxElements) source[i] = found[i] as number;
    else if (lifted !== 0) return refuse('it does more than move elements', label);
  }
  return readMovement(plain.dims, shape, source, found, label);
}

function labels(dtype: Tensor['dtype'], shape: readonly number[], first: number): Tensor {
  const values = new Float64Array(elementCount(shape));
  for (let i = 0; i < values.length; i++) values[i] = first + i;
  return Tensor.fromNumbers(dtype, shape, values);
}

/** A position in a tensor that is walked in row-major order. */
class Position {
  readonly at: Int32Array;
  readonly #dims: readonly number[];

  constructor(dims: readonly number[]) {
    this.#dims = dims;
    this.at = new Int32Array(dims.length);
  }

  advance(): void {
    for (let axis = this.at.length - 1; axis >= 0; axis--) {
      const next = (this.at[axis] as number) + 1;
      if (next < (this.#dims[axis] as number)) {
        this.at[axis] = next;
        return;
      }
      this.at[axis] = 0;
    }
  }
}

/**
 * Turns element origins into channel rows, crops, pads and border values, checking every element.
 * @param source index of the input element that each output element copies, −1 for a constant
 * @param values output elements, the constants among them
 */
function readMovement(
  dims: readonly number[],
  shape: readonly number[],
  source: Int32Array,
  values: Float64Array,
  label: string,
): Verdict<Movement> {
  const elsewhere = refuse('it moves elements in another way than a window moves', label);
  const origin = originByAxis(dims, shape, source);
  if (origin === null) return elsewhere;
  const fill = readBorder(dims, origin, source, values);
  if (fill === 'scattered') return elsewhere;
  if (fill === 'uneven') return refuse('its border is not one constant a channel', label);
  const [batch = new Int32Array(), channels = new Int32Array()] = origin;
  const rows = [...channels];
  if (batch.some((from, at) => from !== at) || rows.some((row) => row < 0)) return elsewhere;
  const crop: [number, number][] = [];
  const pad: [number, number][] = [];
  for (let axis = 2; axis < dims.length; axis++) {
    const run = contiguous(origin[axis] as Int32Array);
    if (run === null) return elsewhere;
    crop.push([run.from, (shape[axis] as number) - run.from - run.length]);
    pad.push([run.at, (dims[axis] as number) - run.at - run.length]);
  }
  return accept({ rows, crop, pad, fill });
}

/** For each axis the input position that each output position copies, −1 where it copies none; null if axes mix. */
function originByAxis(
  dims: readonly number[],
  shape: readonly number[],
  source: Int32Array,
): Int32Array[] | null {
  const origin = dims.map((length) => new Int32Array(length).fill(-1));
  const position = new Position(dims);
  const last = dims.length - 1;
  for (let i = 0; i < source.length; i++, position.advance()) {
    let rest = source[i] as number;
    if (rest < 0) continue;
    const follows = (position.at[last] as number) > 0 && rest === (source[i - 1] as number) + 1;
    for (let axis = last; axis >= 0; axis--) {
      const length = shape[axis] as number;
      const from = rest % length;
      rest = (rest - from) / length;
      const along = origin[axis] as Int32Array;
      const at = position.at[axis] as number;
      const known = along[at] as number;
      if (known >= 0 && known !== from) return null;
      along[at] = from;
      // The next element of the same row: the other axes are where they were.
      if (follows && from > 0) break;
    }
  }
  return origin;
}

/** The constant of each channel outside the copied box; null when there is no outside. */
function readBorder(
  dims: readonly number[],
  origin: readonly Int32Array[],
  source: Int32Array,
  values: Float64Array,
): Float64Array | null | 'scattered' | 'uneven' {
  const fill = new Float64Array(dims[1] as number).fill(Number.NaN);
  const position = new Position(dims);
  let padded = false;
  for (let i = 0; i < source.length; i++, position.advance()) {
    let inside = true;
    for (let axis = 0; axis < dims.length; axis++) {
      const at = position.at[axis] as number;
      if (((origin[axis] as Int32Array)[at] as number) < 0) inside = false;
    }
    if (inside !== (source[i] as number) >= 0) return 'scattered';
    if (inside) continue;
    padded = true;
    const channel = position.at[1] as number;
    if (Number.isNaN(fill[channel] as number)) fill[channel] = values[i] as number;
    else if (fill[channel] !== values[i]) return 'uneven';
  }
  return padded ? fill : null;
}

/** The one stretch of an axis that is copied in order: it starts at `at` in the output and at `from` in the input. */
function contiguous(origin: Int32Array): { at: number; from: number; length: number } | null {
  const at = origin.findIndex((from) => from >= 0);
  if (at < 0) return null;
  const from = origin[at] as number;
  let length = 0;
  while (at + length < origin.length && origin[at + length] === from + length) length++;
  const rest = origin.subarray(at + length).some((value) => value >= 0);
  return rest ? null : { at, from, length };
}
