import { inputError, type ReparamError } from '../errors.js';
import {
  byteLength,
  type DataType,
  dataTypeFromCode,
  elementCount,
  Tensor,
} from '../tensor/index.js';
import { typedElements } from './elements.js';
import { int64ToNumber } from './numbers.js';
import { externalSlices, tensorOrigins } from './provenance.js';
import type { TensorProto } from './schema.js';

const maximumRank = 64;
/** `TensorProto.DataLocation` */
const externalLocation = 1;

export const isExternal = (message: TensorProto): boolean =>
  message.data_location === externalLocation;

interface TensorHeader {
  /** Null for a type that this program does not know. */
  readonly dtype: DataType | null;
  readonly dims: readonly number[];
  readonly count: number;
}

function damaged(at: string, problem: string): ReparamError {
  return inputError(`${at} ${problem}`, {
    at,
    hint: 'the file is damaged, or its exporter faulty: export the model again',
  });
}

/** @throws ReparamError for dims that no tensor can have. Nothing is allocated, whatever they claim. */
export function tensorHeader(message: TensorProto, at: string): TensorHeader {
  const dims = (message.dims ?? []).map(int64ToNumber);
  if (dims.length > maximumRank) throw damaged(at, `has ${dims.length} dimensions`);
  const negative = dims.find((dim) => dim < 0);
  if (negative !== undefined) throw damaged(at, `has a dimension of length ${negative}`);
  const count = elementCount(dims);
  if (!Number.isSafeInteger(count))
    throw damaged(at, `has the impossible dims [${dims.join(', ')}]`);
  return { dtype: dataTypeFromCode(message.data_type ?? 0), dims, count };
}

function checkLength(at: string, header: TensorHeader, dtype: DataType, actual: number): void {
  const expected = byteLength(dtype, header.count);
  if (actual === expected) return;
  throw damaged(
    at,
    `of type ${dtype} and dims [${header.dims.join(', ')}] needs ${expected} bytes but holds ${actual}`,
  );
}

function externalData(message: TensorProto, at: string): () => Uint8Array {
  const slice = externalSlices.get(message);
  if (slice) return slice.read;
  return () => {
    throw inputError(`the data of ${at} lies in an external file`, {
      at,
      hint: 'load the model from its path, not from its bytes',
    });
  };
}

function decodeStrings(message: TensorProto, header: TensorHeader, at: string): Tensor {
  const strings = message.string_data ?? [];
  if (message.raw_data !== undefined || isExternal(message)) {
    throw damaged(at, 'holds strings as raw bytes');
  }
  if (strings.length !== header.count) {
    throw damaged(
      at,
      `of dims [${header.dims.join(', ')}] needs ${header.count} strings but holds ${strings.length}`,
    );
  }
  return new Tensor('string', header.dims, strings);
}

function decodeData(
  message: TensorProto,
  header: TensorHeader,
  dtype: DataType,
  at: string,
): Uint8Array | (() => Uint8Array) {
  if (isExternal(message)) return externalData(message, at);
  if (message.raw_data !== undefined) {
    checkLength(at, header, dtype, message.raw_data.length);
    return message.raw_data;
  }
  const elements = typedElements(message, dtype);
  checkLength(at, header, dtype, elements.byteLength);
  return elements.read;
}

/**
 * @param at how messages name the tensor.
 * @returns null for what the IR cannot hold: an element type that this program does not know, or a segment of a tensor.
 * @throws ReparamError for impossible dims and for data that does not match them.
 */
export function decodeTensor(message: TensorProto, at: string): Tensor | null {
  const header = tensorHeader(message, at);
  const { dtype, dims } = header;
  if (dtype === null || message.segment !== undefined) return null;
  const tensor =
    dtype === 'string'
      ? decodeStrings(message, header, at)
      : new Tensor(dtype, dims, decodeData(message, header, dtype, at));
  tensorOrigins.set(tensor, message);
  return tensor;
}
