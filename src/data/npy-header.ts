import { inputError, type ReparamError } from '../errors.js';
import { byteLength, type DataType, elementCount } from '../tensor/index.js';
import { shown } from './text.js';

/**
 * The beginning of a .npy file, as the documentation of `numpy.lib.format` describes it: the magic string, a version
 * (1.0, 2.0 or 3.0), the length of the header (2 bytes in version 1.0, 4 later), and the header, a Python dictionary
 * such as `{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }`.
 */
export interface NpyHeader {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  /** Whether the first axis varies fastest. */
  readonly fortranOrder: boolean;
  readonly bigEndian: boolean;
  /** Where the elements begin. */
  readonly offset: number;
  /** Bytes of the elements. */
  readonly byteLength: number;
}

export const npyMagic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59] as const;

/** Headers of plain arrays have about 100 bytes; version 1.0 could hold this many. */
const longestHeader = 2 ** 16 - 1;

/** The most axes that NumPy gives an array. */
const mostAxes = 64;

/** ONNX types by the kind and width that NumPy writes. */
const elementTypes: Record<string, DataType> = {
  f2: 'float16',
  f4: 'float32',
  f8: 'float64',
  i1: 'int8',
  i2: 'int16',
  i4: 'int32',
  i8: 'int64',
  u1: 'uint8',
  u2: 'uint16',
  u4: 'uint32',
  u8: 'uint64',
  b1: 'bool',
};

const otherKinds: Record<string, string> = {
  O: 'Python objects (pickled)',
  c: 'complex numbers',
  S: 'text',
  U: 'text',
  V: 'records or raw bytes',
  M: 'dates',
  m: 'times',
};

const damaged = (at: string, what: string): ReparamError =>
  inputError(`${at} is not a .npy file, or damaged: ${what}`, { at });

function unsupported(at: string, what: string): ReparamError {
  return inputError(`${at} holds ${what}, which are no numbers that a model could take`, {
    at,
    hint: "save an array of numbers: numpy.save(file, array.astype('float32'))",
  });
}

function headerText(bytes: Uint8Array, at: string): { text: string; offset: number } {
  if (!npyMagic.every((byte, i) => bytes[i] === byte)) throw damaged(at, 'it begins otherwise');
  const [major, minor] = [bytes[6] ?? 0, bytes[7] ?? 0];
  if (bytes.length >= 8 && (major < 1 || major > 3 || minor !== 0)) {
    throw inputError(`${at} has version ${major}.${minor} of the .npy format, which is not known`, {
      at,
    });
  }
  const start = major === 1 ? 10 : 12;
  if (bytes.length < start) throw damaged(at, 'it ends in its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = major === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > longestHeader) throw damaged(at, `a header of ${length} bytes`);
  if (bytes.length < start + length) throw damaged(at, 'it ends in its header');
  // Version 3.0 is UTF-8, but for names of fields alone, and arrays with fields are refused.
  const text = new TextDecoder('latin1').decode(bytes.subarray(start, start + length)).trim();
  if (!(text.startsWith('{') && text.endsWith('}')))
    throw damaged(at, 'its header is no dictionary');
  return { text, offset: start + length };
}

function elementType(text: string, at: string): { dtype: DataType; bigEndian: boolean } {
  if (/['"]descr['"]\s*:\s*\[/.test(text)) throw unsupported(at, 'records with named fields');
  const descr = /['"]descr['"]\s*:\s*['"]([^'"]*)['"]/.exec(text)?.[1];
  if (descr === undefined) throw damaged(at, 'its header names no element type');
  const [, order = '', type = ''] = /^([<>|])(.+)$/.exec(descr) ?? [];
  const dtype = Object.hasOwn(elementTypes, type) ? elementTypes[type] : undefined;
  if (dtype !== undefined) return { dtype, bigEndian: order === '>' };
  throw unsupported(at, otherKinds[type.charAt(0)] ?? `elements of type '${shown(descr)}'`);
}

function lengths(text: string, at: string): number[] {
  const shape = /['"]shape['"]\s*:\s*\(([^)]*)\)/.exec(text)?.[1];
  if (shape === undefined) throw damaged(at, 'its header names no shape');
  const parts = shape.split(',').map((part) => part.trim());
  // A tuple of one ends in a comma, the empty one has none.
  if (parts.at(-1) === '') parts.pop();
  // Python 2 wrote long integers as 3L.
  if (parts.length > mostAxes || !parts.every((part) => /^\d{1,15}L?$/.test(part))) {
    throw damaged(at, `a shape (${shown(shape)})`);
  }
  return parts.map((part) => Number.parseInt(part, 10));
}

/**
 * Reads the header of a .npy file.
 * @param bytes the file, or its beginning.
 * @param at the file's name for messages.
 * @throws ReparamError for a damaged header, and for arrays of anything but numbers and booleans.
 */
export function decodeNpyHeader(bytes: Uint8Array, at: string): NpyHeader {
  const { text, offset } = headerText(bytes, at);
  const { dtype, bigEndian } = elementType(text, at);
  const order = /['"]fortran_order['"]\s*:\s*(True|False)/.exec(text)?.[1];
  if (order === undefined) throw damaged(at, 'its header names no order of the elements');
  const dims = lengths(text, at);
  const length = byteLength(dtype, elementCount(dims));
  if (!Number.isSafeInteger(length)) throw damaged(at, `a shape (${shown(dims.join(', '))})`);
  return { dtype, dims, fortranOrder: order === 'True', bigEndian, offset, byteLength: length };
}
