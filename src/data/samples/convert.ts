import { inputError } from '../../errors.js';
import { type DataType, dataTypes, isFloat, Tensor } from '../../tensor/index.js';
import type { ExpectedInput } from './expected.js';

const isNumeric = (dtype: DataType): boolean => {
  const { kind, bits } = dataTypes[dtype];
  return isFloat(dtype) || kind === 'bool' || (kind === 'int' && bits >= 8);
};

/** The first index whose value `to` does not hold, or -1. Floats may be rounded, but not beyond all bounds. */
function firstLost(from: Float64Array, to: Float64Array, rounding: boolean): number {
  if (!rounding) return from.findIndex((value, i) => value !== to[i]);
  return from.findIndex((value, i) => Number.isFinite(value) && !Number.isFinite(to[i]));
}

/** Integers of 64 bits that float64 cannot hold: they are rounded before they can be compared. */
function firstInexact({ dtype, bytes }: Tensor, values: Float64Array): number {
  if (dtype !== 'int64' && dtype !== 'uint64') return -1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return values.findIndex((value, i) => {
    if (Number.isSafeInteger(value)) return false;
    const exact =
      dtype === 'int64' ? view.getBigInt64(8 * i, true) : view.getBigUint64(8 * i, true);
    return BigInt(value) !== exact;
  });
}

/** What a user should know about the conversion of an array, or null. */
export function conversionNote(from: DataType, { name, dtype }: ExpectedInput): string | null {
  if (isFloat(from) && isFloat(dtype) && dataTypes[from].bits > dataTypes[dtype].bits) {
    return `'${name}' was rounded from ${from} to ${dtype}`;
  }
  if (dataTypes[from].kind === 'int' && isFloat(dtype)) {
    return `'${name}' was given as ${from}: the values were taken as they are, not scaled`;
  }
  return null;
}

/**
 * Converts an array to the type of an input: floats are rounded, everything else must fit exactly.
 * @throws ReparamError when a value does not fit.
 */
export function convertTo(tensor: Tensor, { name, dtype }: ExpectedInput, at: string): Tensor {
  if (tensor.dtype === dtype) return tensor;
  if (!isNumeric(dtype)) {
    throw inputError(`${at} holds ${tensor.dtype}, but input '${name}' takes ${dtype}`, { at });
  }
  const values = tensor.toNumbers();
  const lost = (index: number) => {
    const value = `${values[index]}, which ${dtype}, the type of input '${name}', cannot hold`;
    return inputError(`${at} holds ${value}`, { at });
  };
  const refused = isFloat(dtype)
    ? firstInexact(tensor, values)
    : values.findIndex((value) => !Number.isInteger(value));
  if (refused >= 0) throw lost(refused);
  const converted = Tensor.fromNumbers(dtype, tensor.dims, values);
  const rounding = isFloat(tensor.dtype) && isFloat(dtype);
  const index = firstLost(values, converted.toNumbers(), rounding);
  if (index >= 0) throw lost(index);
  const inexact = firstInexact(converted, values);
  if (inexact >= 0) throw lost(inexact);
  return converted;
}
