import { inputError } from '../errors.js';
import { byteLength, type DataType, elementCount, Tensor } from '../tensor/index.js';
import { counted, typeText } from './text.js';

/**
 * Takes bytes as the elements of a tensor: little-endian, in row-major order, without a header.
 * @param dims the shape; one length may be null and follows from the size.
 * @param at the file's name for messages.
 * @throws ReparamError when the size does not fit the shape.
 */
export function decodeRaw(
  bytes: Uint8Array,
  dtype: DataType,
  dims: readonly (number | null)[],
  at: string,
): Tensor {
  const found = counted(bytes.length, 'byte');
  const known = elementCount(dims.map((dim) => dim ?? 1));
  const unit = byteLength(dtype, known);
  const open = dims.filter((dim) => dim === null).length;
  if (open > 1) {
    const shape = typeText(dtype, dims);
    throw inputError(`the ${found} of ${at} do not tell the open lengths of ${shape}`, {
      at,
      hint: 'give the shape, or save the array as .npy',
    });
  }
  if (open === 0) {
    if (bytes.length === unit) return new Tensor(dtype, dims as readonly number[], bytes);
    const expected = `${typeText(dtype, dims)} takes ${counted(unit, 'byte')}`;
    throw inputError(`${at} has ${found}, but ${expected}`, { at });
  }
  const length = unit === 0 ? 0 : bytes.length / unit;
  if (!Number.isInteger(length) || length === 0) {
    const expected = `${typeText(dtype, dims)} takes a multiple of ${counted(unit, 'byte')}`;
    throw inputError(`${at} has ${found}, but ${expected}`, { at });
  }
  return new Tensor(
    dtype,
    dims.map((dim) => dim ?? length),
    bytes,
  );
}
