import { inputError } from '../../errors.js';
import type { Dim } from '../../ir/index.js';
import { type DataType, Tensor } from '../../tensor/index.js';
import { typeText } from '../text.js';
import { conversionNote, convertTo } from './convert.js';
import { type ExpectedInput, isOpen } from './expected.js';

/** Collects what the user should know; the same remark is kept once. */
export type Note = (text: string) => void;

const fits = (dims: readonly number[], shape: readonly Dim[]): boolean =>
  dims.length === shape.length && dims.every((dim, i) => isOpen(shape[i]) || shape[i] === dim);

/**
 * The dims with which an array enters an input: its own, or with a batch axis of length 1 before them.
 * @throws ReparamError naming the input and both shapes.
 */
export function fitDims(
  dims: readonly number[],
  dtype: DataType,
  input: ExpectedInput,
  at: string,
): readonly number[] {
  const { name, shape } = input;
  if (shape === null || fits(dims, shape)) return dims;
  if (fits([1, ...dims], shape)) return [1, ...dims];
  const expected = typeText(input.dtype, shape);
  throw inputError(
    `input '${name}' of the model is ${expected}, but ${at} holds ${typeText(dtype, dims)}`,
    { at },
  );
}

/**
 * Makes an array what an input takes: adds a missing batch axis and converts the type.
 * @throws ReparamError for another shape, and for values that do not fit.
 */
export function fitArray(tensor: Tensor, input: ExpectedInput, at: string, note: Note): Tensor {
  const dims = fitDims(tensor.dims, tensor.dtype, input, at);
  const converted = convertTo(tensor, input, at);
  const remark = conversionNote(tensor.dtype, input);
  if (remark !== null) note(remark);
  return new Tensor(input.dtype, dims, converted.bytes);
}
