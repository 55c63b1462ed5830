/** Conversions of the two 16-bit float types, rounding once to nearest, ties to even. */

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);

/** Every float16 by its bits, made when the first one is read: large tensors are read element by element. */
let float16s: Float32Array | undefined;

const allFloat16s = (): Float32Array =>
  (float16s ??= Float32Array.from({ length: 2 ** 16 }, (_, bits) => decodeFloat16(bits)));

export const float16ToNumber = (bits: number): number => allFloat16s()[bits] as number;

/** All numbers of a 16-bit type are float32 ones. */
export function float16sToFloats(bits: Uint16Array): Float32Array {
  const table = allFloat16s();
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = table[bits[i] as number] as number;
  return out;
}

export function bfloat16sToFloats(bits: Uint16Array): Float32Array {
  const out = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = (bits[i] as number) << 16;
  return new Float32Array(out.buffer);
}

function decodeFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Rounds half to even, for |value| below 2^52. */
function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest < 0.5) return floor;
  if (rest > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Rounds a float64 straight to float16 bits: going through float32 would round twice. */
export function numberToFloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  if (magnitude < 2 ** -14) return sign | roundEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  const scaled = magnitude / 2 ** exponent < 1 ? exponent - 1 : exponent;
  const fraction = roundEven((magnitude / 2 ** scaled - 1) * 1024);
  return sign | (((scaled + 15) << 10) + fraction);
}

export function bfloat16ToNumber(bits: number): number {
  u32[0] = bits << 16;
  return f32[0] as number;
}

export function numberToBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  f32[0] = value;
  const bits = u32[0] as number;
  // The float32 step may have landed on the tie of the bfloat16 step: nudge it back towards the exact value.
  let low = bits & 0xffff;
  if (low === 0x8000 && Number.isFinite(value)) {
    const rounded = f32[0] as number;
    if (Math.abs(rounded) < Math.abs(value)) low = 0x8001;
    else if (Math.abs(rounded) > Math.abs(value)) low = 0x7fff;
  }
  const high = bits >>> 16;
  if ((high & 0x7f80) === 0x7f80) return high;
  if (low > 0x8000 || (low === 0x8000 && high & 1)) return (high + 1) & 0xffff;
  return high;
}
