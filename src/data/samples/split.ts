import { inputError } from '../../errors.js';
import { elementCount, Tensor } from '../../tensor/index.js';
import { type ExpectedInput, fixedLength } from './expected.js';
import { fitArray, fitDims, type Note } from './fit.js';

/** An array cut into samples along its leading axis. */
export interface Split {
  readonly count: number;
  /** Entries at the end that make no whole sample. */
  readonly rest: number;
  /** Which entries of the leading axis a sample has, as NumPy would write it; '' for all. */
  range(index: number): string;
  tensor(index: number): Tensor;
}

/** Entries of the leading axis as an array of their own, which shares the bytes. */
function entries(array: Tensor, start: number, end: number): Tensor {
  const row = array.dims.slice(1);
  const size = elementCount(row);
  const { bytes } = array.part(start * size, end * size);
  return new Tensor(array.dtype, [end - start, ...row], bytes);
}

/**
 * Cuts an array into the samples that an input takes. An array with one axis more than the input holds a sample in each
 * entry; one of the same rank is cut into batches: as long as the model's, or of `batch` entries where that is open;
 * the last may then be shorter. One with an axis less is a single sample without its batch axis.
 * @throws ReparamError for an array that holds no sample.
 */
export function split(
  array: Tensor,
  input: ExpectedInput,
  batch: number,
  at: string,
  note: Note,
): Split {
  const { dims, dtype } = array;
  const [length = 0, ...row] = dims;
  const rank = input.shape?.length ?? dims.length;
  const stacked = dims.length === rank + 1;
  if (dims.length === 0 || (dims.length !== rank && !stacked)) {
    fitDims(dims, dtype, input, at);
    return { count: 1, rest: 0, range: () => '', tensor: () => fitArray(array, input, at, note) };
  }
  if (elementCount(dims) === 0) throw inputError(`${at} holds an empty array`, { at });

  const fixed = stacked ? 1 : fixedLength(input.shape?.[0]);
  const size = fixed ?? batch;
  if (fixed !== null && length < fixed) {
    const needed = `input '${input.name}' takes ${fixed} at once`;
    throw inputError(`the leading axis of ${at} has length ${length}, but ${needed}`, { at });
  }
  const end = (index: number) => Math.min((index + 1) * size, length);
  const range = (index: number) => (size === 1 ? `[${index}]` : `[${index * size}:${end(index)}]`);
  // Asked here, so that a wrong shape is known before the first sample.
  fitDims(stacked ? row : [end(0), ...row], dtype, input, `${at}${range(0)}`);
  return {
    count: fixed === null ? Math.ceil(length / size) : Math.floor(length / fixed),
    rest: fixed === null ? 0 : length % fixed,
    range,
    tensor(index) {
      const part = entries(array, index * size, end(index));
      const sample = stacked ? new Tensor(dtype, row, part.bytes) : part;
      return fitArray(sample, input, `${at}${range(index)}`, note);
    },
  };
}
