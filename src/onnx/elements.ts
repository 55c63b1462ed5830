import { internalError } from '../errors.js';
import { type DataType, dataTypes } from '../tensor/index.js';
import type { TensorProto } from './schema.js';
import { changed } from './wire.js';

/** Fields of TensorProto that hold elements one by one, with their number and the wire type of an element. */
const fields = {
  float_data: { id: 4, wireType: 5 },
  int32_data: { id: 5, wireType: 0 },
  int64_data: { id: 7, wireType: 0 },
  double_data: { id: 10, wireType: 1 },
  uint64_data: { id: 11, wireType: 0 },
} as const;

type ElementField = keyof typeof fields;

function fieldOf(dtype: DataType): ElementField {
  switch (dtype) {
    case 'float32':
    case 'complex64':
      return 'float_data';
    case 'float64':
    case 'complex128':
      return 'double_data';
    case 'int64':
      return 'int64_data';
    case 'uint32':
    case 'uint64':
      return 'uint64_data';
    default:
      return 'int32_data';
  }
}

const tagOf = ({ id, wireType }: { id: number; wireType: number }): number => id * 8 + wireType;

/** Packed chunks and, from writers that did not pack, single elements: those are fields the schema does not know. */
function chunksOf(message: TensorProto, field: ElementField): Uint8Array[] {
  const tag = tagOf(fields[field]);
  const loose = (message.$unknowns ?? []).filter((bytes) => bytes[0] === tag);
  return [...(message[field] ?? []), ...loose.map((bytes) => bytes.subarray(1))];
}

function countVarints(chunks: readonly Uint8Array[]): number {
  let count = 0;
  for (const chunk of chunks) for (const byte of chunk) if (byte < 128) count++;
  return count;
}

/** Writes the low `width` bytes of each varint, little-endian. */
function unpackVarints(chunks: readonly Uint8Array[], width: number): Uint8Array {
  const out = new Uint8Array(countVarints(chunks) * width);
  let at = 0;
  let low = 0;
  let high = 0;
  let shift = 0;
  for (const chunk of chunks) {
    for (const byte of chunk) {
      const bits = byte & 0x7f;
      if (shift < 32) low |= bits << shift;
      if (shift === 28) high |= bits >> 4;
      else if (shift > 28 && shift < 64) high |= bits << (shift - 32);
      shift += 7;
      if (byte >= 128) continue;
      for (let i = 0; i < width; i++) out[at++] = i < 4 ? low >>> (8 * i) : high >>> (8 * i - 32);
      low = 0;
      high = 0;
      shift = 0;
    }
  }
  return out;
}

export function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function once<T>(compute: () => T): () => T {
  let result: { readonly value: T } | undefined;
  return () => {
    result ??= { value: compute() };
    return result.value;
  };
}

export interface Elements {
  readonly byteLength: number;
  /** Raw little-endian bytes, as `raw_data` would hold them. */
  readonly read: () => Uint8Array;
}

/** The elements of a tensor without `raw_data`, converted when first read. */
export function typedElements(message: TensorProto, dtype: DataType): Elements {
  if (dtype === 'string') throw internalError('strings are no numbers');
  const field = fieldOf(dtype);
  const chunks = chunksOf(message, field);
  if (fields[field].wireType === 0) {
    // One entry for each element, or for each byte of elements narrower than that.
    const width = Math.max(1, dataTypes[dtype].bits / 8);
    return {
      byteLength: countVarints(chunks) * width,
      read: once(() => unpackVarints(chunks, width)),
    };
  }
  const byteLength = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const [only] = chunks;
  const read = only && chunks.length === 1 ? () => only : once(() => concatenate(chunks));
  return { byteLength, read };
}

/** The same tensor without its elements, wherever they lie. */
export function withoutElements(message: TensorProto): TensorProto {
  const tags = new Set<number | undefined>(Object.values(fields).map(tagOf));
  const unknowns = message.$unknowns?.filter((bytes) => !tags.has(bytes[0]));
  return changed(message, {
    raw_data: undefined,
    float_data: undefined,
    int32_data: undefined,
    int64_data: undefined,
    double_data: undefined,
    uint64_data: undefined,
    external_data: undefined,
    data_location: undefined,
    $unknowns: unknowns,
  });
}
