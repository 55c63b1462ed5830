/**
 * Element types of ONNX tensors (`TensorProto.DataType`), named as onnxruntime and numpy name them.
 * `bits` is the storage of one element; 0 for strings, which have no fixed width.
 */
export const dataTypes = {
  float32: { code: 1, bits: 32, kind: 'float' },
  uint8: { code: 2, bits: 8, kind: 'int' },
  int8: { code: 3, bits: 8, kind: 'int' },
  uint16: { code: 4, bits: 16, kind: 'int' },
  int16: { code: 5, bits: 16, kind: 'int' },
  int32: { code: 6, bits: 32, kind: 'int' },
  int64: { code: 7, bits: 64, kind: 'int' },
  string: { code: 8, bits: 0, kind: 'string' },
  bool: { code: 9, bits: 8, kind: 'bool' },
  float16: { code: 10, bits: 16, kind: 'float' },
  float64: { code: 11, bits: 64, kind: 'float' },
  uint32: { code: 12, bits: 32, kind: 'int' },
  uint64: { code: 13, bits: 64, kind: 'int' },
  complex64: { code: 14, bits: 64, kind: 'complex' },
  complex128: { code: 15, bits: 128, kind: 'complex' },
  bfloat16: { code: 16, bits: 16, kind: 'float' },
  float8e4m3fn: { code: 17, bits: 8, kind: 'float' },
  float8e4m3fnuz: { code: 18, bits: 8, kind: 'float' },
  float8e5m2: { code: 19, bits: 8, kind: 'float' },
  float8e5m2fnuz: { code: 20, bits: 8, kind: 'float' },
  uint4: { code: 21, bits: 4, kind: 'int' },
  int4: { code: 22, bits: 4, kind: 'int' },
  float4e2m1: { code: 23, bits: 4, kind: 'float' },
  float8e8m0: { code: 24, bits: 8, kind: 'float' },
  uint2: { code: 25, bits: 2, kind: 'int' },
  int2: { code: 26, bits: 2, kind: 'int' },
} as const satisfies Record<string, { code: number; bits: number; kind: string }>;

export type DataType = keyof typeof dataTypes;

const byCode = new Map<number, DataType>(
  Object.entries(dataTypes).map(([name, { code }]) => [code, name as DataType]),
);

/** The type with this `TensorProto.DataType` code, or null for a code that ONNX has not defined yet. */
export const dataTypeFromCode = (code: number): DataType | null => byCode.get(code) ?? null;

/** Float types whose constants the merge algebra can read and write. */
export const isFloat = (dtype: DataType): boolean =>
  dtype === 'float32' || dtype === 'float64' || dtype === 'float16' || dtype === 'bfloat16';

/** Unit roundoff `u` of a float type (half the spacing of numbers at 1). */
export function unitRoundoff(dtype: DataType): number {
  switch (dtype) {
    case 'float64':
      return 2 ** -53;
    case 'float16':
      return 2 ** -11;
    case 'bfloat16':
      return 2 ** -8;
    default:
      return 2 ** -24;
  }
}

/** The smallest normal number of a float type: below it, numbers lose relative precision. */
export function smallestNormal(dtype: DataType): number {
  switch (dtype) {
    case 'float64':
      return 2 ** -1022;
    case 'float16':
      return 2 ** -14;
    default:
      return 2 ** -126;
  }
}

/** Bytes that `count` elements take; sub-byte types are packed, the last byte padded. */
export const byteLength = (dtype: DataType, count: number): number =>
  Math.ceil((count * dataTypes[dtype].bits) / 8);
