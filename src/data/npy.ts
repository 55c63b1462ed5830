import { inputError } from '../errors.js';
import { type DataType, elementBytes, Tensor } from '../tensor/index.js';
import { decodeNpyHeader, npyMagic } from './npy-header.js';

type Elements = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/** A copy of `bytes` as whole elements, whatever they mean. */
function elementsOf(bytes: Uint8Array, width: number): Elements {
  const { buffer } = bytes.slice();
  if (width === 1) return new Uint8Array(buffer);
  if (width === 2) return new Uint16Array(buffer);
  return width === 4 ? new Uint32Array(buffer) : new BigUint64Array(buffer);
}

function swapped(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes.length);
  for (let start = 0; start < bytes.length; start += width) {
    for (let i = 0; i < width; i++) out[start + i] = bytes[start + width - 1 - i] as number;
  }
  return out;
}

/** Puts elements whose first axis varies fastest into the order of ONNX, where the last one does. */
function rowMajor(bytes: Uint8Array, dims: readonly number[], width: number): Uint8Array {
  const from = elementsOf(bytes, width);
  const to = elementsOf(bytes, width);
  const steps: number[] = [];
  let step = 1;
  for (const dim of dims) {
    steps.push(step);
    step *= dim;
  }
  const position = dims.map(() => 0);
  let source = 0;
  for (let target = 0; target < to.length; target++) {
    to[target] = from[source] as never;
    for (let axis = dims.length - 1; axis >= 0; axis--) {
      const next = (position[axis] as number) + 1;
      source += steps[axis] as number;
      if (next < (dims[axis] as number)) {
        position[axis] = next;
        break;
      }
      position[axis] = 0;
      source -= next * (steps[axis] as number);
    }
  }
  return new Uint8Array(to.buffer as ArrayBuffer);
}

/**
 * Reads a .npy file, versions 1.0 to 3.0 (`numpy.lib.format`): floats of 16, 32 and 64 bits, integers of 8 to 64 bits,
 * booleans; both byte orders, C and Fortran order.
 * @param at the file's name for messages.
 * @returns a tensor of the array's shape, which shares `bytes` where these are little-endian and in C order.
 * @throws ReparamError for a damaged file and for arrays of anything else, pickled objects among them.
 */
export function decodeNpy(bytes: Uint8Array, at: string): Tensor {
  const { dtype, dims, fortranOrder, bigEndian, offset, byteLength } = decodeNpyHeader(bytes, at);
  const found = bytes.length - offset;
  if (found !== byteLength) {
    const problem = `its header announces ${byteLength} bytes of elements, but ${found} follow`;
    throw inputError(`${at} is damaged: ${problem}`, { at });
  }
  const width = elementBytes(dtype);
  let data = bytes.subarray(offset);
  if (bigEndian && width > 1) data = swapped(data, width);
  if (fortranOrder && dims.length > 1) data = rowMajor(data, dims, width);
  // Any byte but 0 is true to NumPy; runtimes expect 1.
  if (dtype === 'bool') data = data.map((byte) => (byte === 0 ? 0 : 1));
  return new Tensor(dtype, dims, data);
}

const descriptors: Partial<Record<DataType, string>> = {
  float16: '<f2',
  float32: '<f4',
  float64: '<f8',
  int8: '|i1',
  int16: '<i2',
  int32: '<i4',
  int64: '<i8',
  uint8: '|u1',
  uint16: '<u2',
  uint32: '<u4',
  uint64: '<u8',
  bool: '|b1',
};

/** Elements begin at a multiple of this, so that files can be mapped into memory. */
const alignment = 64;

/**
 * Writes a tensor as a .npy file of version 1.0, little-endian and in C order, byte for byte as NumPy does.
 * @throws ReparamError for a type that NumPy does not have (bfloat16, text, less than a byte).
 */
export function encodeNpy(tensor: Tensor): Uint8Array {
  const { dtype, dims } = tensor;
  const descr = descriptors[dtype];
  if (descr === undefined) throw inputError(`the .npy format has no elements of type ${dtype}`);
  const shape = dims.length === 1 ? `${dims[0]},` : dims.join(', ');
  const dictionary = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }`;
  const prefix = npyMagic.length + 4;
  const offset = Math.ceil((prefix + dictionary.length + 1) / alignment) * alignment;
  const header = `${dictionary.padEnd(offset - prefix - 1)}\n`;
  const { bytes } = tensor;
  const out = new Uint8Array(offset + bytes.length);
  out.set([...npyMagic, 1, 0, header.length & 0xff, header.length >> 8]);
  out.set(new TextEncoder().encode(header), prefix);
  out.set(bytes, offset);
  return out;
}
