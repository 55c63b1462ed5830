/** A 64-bit integer as two halves, the form in which protobufjs reads and writes it without loss. */
export interface Int64 {
  readonly low: number;
  readonly high: number;
  readonly unsigned: boolean;
}

/** @returns the nearest number: exact up to 2^53. */
export const int64ToNumber = ({ low, high }: Int64): number => high * 2 ** 32 + (low >>> 0);

/** Rounds towards zero; numbers beyond the range become its nearest end, NaN becomes 0. */
export function numberToInt64(value: number): Int64 {
  if (value >= 2 ** 63) return { low: -1, high: 0x7fffffff, unsigned: false };
  if (value < -(2 ** 63)) return { low: 0, high: -0x80000000, unsigned: false };
  const whole = Math.trunc(value) || 0;
  return { low: whole | 0, high: Math.floor(whole / 2 ** 32) | 0, unsigned: false };
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

export function float32FromBits(pattern: number): number {
  bits[0] = pattern;
  return float[0] as number;
}

/** Rounds once from float64 to float32. */
export function float32ToBits(value: number): number {
  float[0] = value;
  return bits[0] as number;
}
