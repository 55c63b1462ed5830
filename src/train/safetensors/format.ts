import type { DataType } from '../../tensor/index.js';

/**
 * The safetensors format (github.com/huggingface/safetensors): the length of the header as 8 little-endian bytes, the
 * header as a JSON object of `name: { dtype, shape, data_offsets: [begin, end] }` with an optional `__metadata__` of
 * texts, then the elements, little-endian, row-major and without gaps. Offsets count from the end of the header.
 */

/** Bytes before the header. */
export const prefixBytes = 8;

/** The most bytes that any reader takes for a header. */
export const longestHeader = 100_000_000;

export const metadataName = '__metadata__';

/** Names of the element types, by alignment: tensors of later ones are written first. */
export const typeNames: ReadonlyMap<DataType, string> = new Map<DataType, string>([
  ['bool', 'BOOL'],
  ['uint8', 'U8'],
  ['int8', 'I8'],
  ['float8e5m2', 'F8_E5M2'],
  ['float8e4m3fn', 'F8_E4M3'],
  ['float8e8m0', 'F8_E8M0'],
  ['float8e4m3fnuz', 'F8_E4M3FNUZ'],
  ['float8e5m2fnuz', 'F8_E5M2FNUZ'],
  ['int16', 'I16'],
  ['uint16', 'U16'],
  ['float16', 'F16'],
  ['bfloat16', 'BF16'],
  ['int32', 'I32'],
  ['uint32', 'U32'],
  ['float32', 'F32'],
  ['complex64', 'C64'],
  ['float64', 'F64'],
  ['int64', 'I64'],
  ['uint64', 'U64'],
]);

export const typesByName: ReadonlyMap<string, DataType> = new Map(
  [...typeNames].map(([dtype, name]) => [name, dtype]),
);

export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: DataType;
  readonly dims: readonly number[];
  /** First byte, counted from the end of the header. */
  readonly begin: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: ReadonlyMap<string, string>;
}
