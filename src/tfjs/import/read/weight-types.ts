import { type DataType, elementCount, float16sToFloats, Tensor } from '../../../tensor/index.js';
import type { Fields } from './fields.js';

/** How many bytes each element type of TensorFlow.js takes in a file. */
const storage: Readonly<Record<string, { readonly dtype: DataType; readonly bytes: number }>> = {
  float32: { dtype: 'float32', bytes: 4 },
  int32: { dtype: 'int32', bytes: 4 },
  uint8: { dtype: 'uint8', bytes: 1 },
  bool: { dtype: 'bool', bytes: 1 },
};

const quantizedBytes: Readonly<Record<string, number>> = { uint8: 1, uint16: 2, float16: 2 };

/** A weight as the manifest describes it. */
export interface WeightEntry {
  readonly name: string;
  readonly dims: readonly number[];
  /** Bytes that it takes in the files. */
  readonly byteLength: number;
  /** Its tensor, from just these bytes. */
  read(bytes: Uint8Array): Tensor;
}

/** Bits of little-endian integers as numbers. */
function integers(bytes: Uint8Array, width: number): Uint8Array | Uint16Array {
  if (width === 1) return bytes;
  const { buffer } = bytes.slice();
  return new Uint16Array(buffer);
}

/** Quantized numbers q stand for q·scale + min, those of an integer type rounded. */
function dequantizer(entry: Fields, type: string, quantization: Fields): WeightEntry['read'] {
  const kind = quantization.text('dtype');
  const width = quantizedBytes[kind];
  if (width === undefined) {
    throw entry.fault(`is quantized to '${kind}', not to uint8, uint16 or float16`);
  }
  const dims = dimsOf(entry);
  if (kind === 'float16') {
    if (type !== 'float32') throw entry.fault(`is of type ${type}, but quantized to float16`);
    return (bytes) =>
      Tensor.fromNumbers('float32', dims, float16sToFloats(integers(bytes, 2) as Uint16Array));
  }
  if (type !== 'float32' && type !== 'int32') {
    throw entry.fault(`is of type ${type}, but quantized to ${kind}`);
  }
  const [scale, min] = [quantization.number('scale'), quantization.number('min')];
  const round = type === 'int32' ? Math.round : (x: number): number => x;
  return (bytes) => {
    const values = Float64Array.from(integers(bytes, width), (q) => round(q * scale + min));
    return Tensor.fromNumbers(type, dims, values);
  };
}

function dimsOf(entry: Fields): number[] {
  const dims = entry.list('shape');
  if (dims.every((dim) => Number.isSafeInteger(dim) && (dim as number) >= 0)) {
    return dims as number[];
  }
  throw entry.fault(`has the shape ${JSON.stringify(dims)}, which is not a list of lengths`);
}

/** Reads one entry of a weights manifest. @throws ReparamError for types that TensorFlow.js does not define. */
export function parseWeightEntry(entry: Fields): WeightEntry {
  const name = entry.text('name');
  const type = entry.text('dtype');
  const dims = dimsOf(entry);
  const count = elementCount(dims);
  if (entry.get('quantization') !== undefined) {
    const quantization = entry.fields('quantization');
    const read = dequantizer(entry, type, quantization);
    const width = quantizedBytes[quantization.text('dtype')] ?? 0;
    return { name, dims, byteLength: count * width, read };
  }
  const stored = storage[type];
  if (!stored) {
    throw entry.fault(
      `is of type '${type}', which cannot be imported`,
      `types are ${Object.keys(storage).join(', ')}`,
    );
  }
  const read = (bytes: Uint8Array): Tensor => new Tensor(stored.dtype, dims, bytes);
  return { name, dims, byteLength: count * stored.bytes, read };
}
