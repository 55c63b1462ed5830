import { inputError, internalError } from '../errors.js';
import { byteLength, type DataType, dataTypes } from './dtype.js';
import {
  bfloat16sToFloats,
  bfloat16ToNumber,
  float16sToFloats,
  float16ToNumber,
  numberToBfloat16,
  numberToFloat16,
} from './half.js';

export const elementCount = (dims: readonly number[]): number =>
  dims.reduce((product, dim) => product * dim, 1);

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * A constant tensor: little-endian bytes, exactly as ONNX `raw_data` stores them, read when first asked for.
 * Immutable: an initializer may be shared by several nodes.
 */
export class Tensor {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  #source: Uint8Array | (() => Uint8Array) | readonly Uint8Array[];

  /** @param data raw bytes, a function that reads them (external data), or one byte string an element for `string`. */
  constructor(
    dtype: DataType,
    dims: readonly number[],
    data: Uint8Array | (() => Uint8Array) | readonly Uint8Array[],
  ) {
    this.dtype = dtype;
    this.dims = dims;
    this.#source = data;
  }

  get size(): number {
    return elementCount(this.dims);
  }

  get byteLength(): number {
    return this.dtype === 'string'
      ? this.strings.reduce((sum, s) => sum + s.length, 0)
      : byteLength(this.dtype, this.size);
  }

  /** Elements of a `string` tensor as UTF-8 bytes. */
  get strings(): readonly Uint8Array[] {
    if (!Array.isArray(this.#source)) throw internalError('not a string tensor');
    return this.#source;
  }

  /** Raw little-endian bytes. External data is read on each call and not kept. */
  get bytes(): Uint8Array {
    const source = this.#source;
    if (source instanceof Uint8Array) return source;
    if (typeof source === 'function') return source();
    throw internalError('a string tensor has no raw bytes');
  }

  /**
   * The elements from `start` to before `end` in row-major order, as a one-dimensional tensor of the same bytes.
   * Elements of less than a byte must begin and end at whole bytes.
   */
  part(start: number, end: number): Tensor {
    if (start === 0 && end === this.size) return new Tensor(this.dtype, [end], this.#source);
    const dims = [end - start];
    if (this.dtype === 'string') return new Tensor('string', dims, this.strings.slice(start, end));
    const offset = byteLength(this.dtype, start);
    return new Tensor(this.dtype, dims, this.bytes.subarray(offset, byteLength(this.dtype, end)));
  }

  /** True for a tensor of the same type, dims and bits. */
  equals(other: Tensor): boolean {
    if (this === other) return true;
    if (this.dtype !== other.dtype || this.dims.join() !== other.dims.join()) return false;
    if (this.dtype !== 'string') return sameBytes(this.bytes, other.bytes);
    return this.strings.every((text, i) => sameBytes(text, other.strings[i] as Uint8Array));
  }

  /** @returns a new array of all elements; integers beyond 2^53 lose their low bits. */
  toNumbers(): Float64Array {
    const { dtype, size } = this;
    if (dtype === 'float32' || dtype === 'float64') return new Float64Array(this.toFloats());
    const { bytes } = this;
    const out = new Float64Array(size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const read = readers[dtype];
    if (read === undefined) {
      throw inputError(`a constant of type ${dtype} cannot be read as numbers`);
    }
    for (let i = 0; i < size; i++) out[i] = read(view, i);
    return out;
  }

  /** @returns all elements, which must not be changed: float32 and float64 are views of the tensor's own bytes. */
  toFloats(): Float32Array | Float64Array {
    const { dtype, size } = this;
    if (dtype === 'float16') return float16sToFloats(this.#halves());
    if (dtype === 'bfloat16') return bfloat16sToFloats(this.#halves());
    if (dtype !== 'float32' && dtype !== 'float64') return this.toNumbers();
    const FloatArray = dtype === 'float32' ? Float32Array : Float64Array;
    let { bytes } = this;
    // Typed arrays need addresses that are multiples of the element's width.
    if (bytes.byteOffset % FloatArray.BYTES_PER_ELEMENT !== 0) bytes = bytes.slice();
    return new FloatArray(bytes.buffer as ArrayBuffer, bytes.byteOffset, size);
  }

  /** Bits of 16-bit elements. */
  #halves(): Uint16Array {
    let { bytes } = this;
    if (bytes.byteOffset % 2 !== 0) bytes = bytes.slice();
    return new Uint16Array(bytes.buffer, bytes.byteOffset, this.size);
  }

  /** Rounds once from float64 to `dtype`. The largest 64-bit integers, which float64 rounds up, stay the largest. */
  static fromNumbers(dtype: DataType, dims: readonly number[], values: ArrayLike<number>): Tensor {
    const bytes = new Uint8Array(byteLength(dtype, values.length));
    const view = new DataView(bytes.buffer);
    const write = writers[dtype];
    if (write === undefined) throw internalError(`cannot write numbers as ${dtype}`);
    if (dtype === 'float32') new Float32Array(bytes.buffer).set(values);
    else for (let i = 0; i < values.length; i++) write(view, i, values[i] as number);
    return new Tensor(dtype, dims, bytes);
  }

  /** Shares the memory of `values`. */
  static floats(dims: readonly number[], values: Float32Array): Tensor {
    return new Tensor(
      'float32',
      dims,
      new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    );
  }

  static scalar(dtype: DataType, value: number): Tensor {
    return Tensor.fromNumbers(dtype, [], [value]);
  }

  /** One-dimensional int64 tensor, the form in which ONNX operators take shapes, pads and axes. */
  static int64s(values: readonly number[]): Tensor {
    return Tensor.fromNumbers('int64', [values.length], values);
  }
}

const readers: Partial<Record<DataType, (view: DataView, i: number) => number>> = {
  float16: (v, i) => float16ToNumber(v.getUint16(2 * i, true)),
  bfloat16: (v, i) => bfloat16ToNumber(v.getUint16(2 * i, true)),
  int8: (v, i) => v.getInt8(i),
  uint8: (v, i) => v.getUint8(i),
  bool: (v, i) => v.getUint8(i),
  int16: (v, i) => v.getInt16(2 * i, true),
  uint16: (v, i) => v.getUint16(2 * i, true),
  int32: (v, i) => v.getInt32(4 * i, true),
  uint32: (v, i) => v.getUint32(4 * i, true),
  int64: (v, i) => Number(v.getBigInt64(8 * i, true)),
  uint64: (v, i) => Number(v.getBigUint64(8 * i, true)),
};

const writers: Partial<Record<DataType, (view: DataView, i: number, value: number) => void>> = {
  float32: (v, i, x) => v.setFloat32(4 * i, x, true),
  float64: (v, i, x) => v.setFloat64(8 * i, x, true),
  float16: (v, i, x) => v.setUint16(2 * i, numberToFloat16(x), true),
  bfloat16: (v, i, x) => v.setUint16(2 * i, numberToBfloat16(x), true),
  int8: (v, i, x) => v.setInt8(i, x),
  uint8: (v, i, x) => v.setUint8(i, x),
  bool: (v, i, x) => v.setUint8(i, x ? 1 : 0),
  int16: (v, i, x) => v.setInt16(2 * i, x, true),
  uint16: (v, i, x) => v.setUint16(2 * i, x, true),
  int32: (v, i, x) => v.setInt32(4 * i, x, true),
  uint32: (v, i, x) => v.setUint32(4 * i, x, true),
  int64: (v, i, x) => v.setBigInt64(8 * i, x >= 2 ** 63 ? 2n ** 63n - 1n : BigInt(x), true),
  uint64: (v, i, x) => v.setBigUint64(8 * i, x >= 2 ** 64 ? 2n ** 64n - 1n : BigInt(x), true),
};

/** Bytes of one element of a type with a whole number of bytes. */
export const elementBytes = (dtype: DataType): number => dataTypes[dtype].bits / 8;
