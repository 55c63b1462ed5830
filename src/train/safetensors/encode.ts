import { inputError, internalError } from '../../errors.js';
import type { DataType, Tensor } from '../../tensor/index.js';
import { longestHeader, metadataName, prefixBytes, typeNames } from './format.js';

const alignment = 8;

const order: ReadonlyMap<DataType, number> = new Map(
  [...typeNames.keys()].map((dtype, position) => [dtype, position]),
);

/** Wide elements first, so that all of them lie at multiples of their width. */
function inFileOrder(tensors: ReadonlyMap<string, Tensor>): [string, Tensor][] {
  const rank = ([, { dtype }]: [string, Tensor]): number => order.get(dtype) ?? -1;
  return [...tensors].sort((a, b) => rank(b) - rank(a) || (a[0] < b[0] ? -1 : 1));
}

function encodeHeader(
  tensors: readonly (readonly [string, Tensor])[],
  metadata: ReadonlyMap<string, string>,
): Uint8Array {
  const fields: string[] = [];
  if (metadata.size > 0) {
    fields.push(`"${metadataName}":${JSON.stringify(Object.fromEntries(metadata))}`);
  }
  let begin = 0;
  for (const [name, tensor] of tensors) {
    const dtype = typeNames.get(tensor.dtype);
    if (dtype === undefined) {
      throw inputError(`the safetensors format has no elements of type ${tensor.dtype}`, {
        at: name,
      });
    }
    if (name === metadataName) throw inputError(`no tensor can be named '${metadataName}'`);
    const end = begin + tensor.byteLength;
    const entry = { dtype, shape: tensor.dims, data_offsets: [begin, end] };
    fields.push(`${JSON.stringify(name)}:${JSON.stringify(entry)}`);
    begin = end;
  }
  return new TextEncoder().encode(`{${fields.join()}}`);
}

/**
 * The content of a safetensors file, byte for byte as the library of the format's authors writes it, one tensor in
 * memory at a time.
 * @param metadata texts for `__metadata__`.
 * @throws ReparamError for element types that the format does not have (text, complex128, less than a byte).
 */
export function* safetensorsChunks(
  tensors: ReadonlyMap<string, Tensor>,
  metadata: ReadonlyMap<string, string> = new Map(),
): Generator<Uint8Array> {
  const sorted = inFileOrder(tensors);
  const json = encodeHeader(sorted, metadata);
  const length = Math.ceil(json.length / alignment) * alignment;
  if (length > longestHeader) throw inputError('too many tensors for one safetensors file');
  const header = new Uint8Array(prefixBytes + length).fill(' '.charCodeAt(0));
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true);
  header.set(json, prefixBytes);
  yield header;
  for (const [name, tensor] of sorted) {
    const { bytes } = tensor;
    if (bytes.length !== tensor.byteLength) throw internalError(`'${name}' has too few bytes`);
    yield bytes;
  }
}
