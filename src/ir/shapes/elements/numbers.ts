import { type DataType, dataTypes } from '../../../tensor/index.js';

export const isInteger = (dtype: DataType): boolean => dataTypes[dtype].kind === 'int';

/** `value` as `dtype` holds it, or null when it does not fit or the rounding is not modelled. */
export function represent(dtype: DataType, value: number): number | null {
  if (dtype === 'float64') return value;
  if (dtype === 'float32') return Math.fround(value);
  const { kind, bits } = dataTypes[dtype];
  if (kind === 'bool') return value === 0 ? 0 : 1;
  if (kind !== 'int' || !Number.isSafeInteger(value)) return null;
  const signed = !dtype.startsWith('u');
  const limit = 2 ** (signed ? bits - 1 : bits);
  // Adding 0 makes a 0 of −0, which integers do not have.
  return value < limit && value >= (signed ? -limit : 0) ? value + 0 : null;
}
