import { shown } from '../../data/text.js';
import { inputError, type ReparamError } from '../../errors.js';
import { byteLength, elementCount } from '../../tensor/index.js';
import { duplicateName } from '../json.js';
import {
  longestHeader,
  metadataName,
  prefixBytes,
  type SafetensorsEntry,
  type SafetensorsHeader,
  typesByName,
} from './format.js';

export const damaged = (at: string, what: string, cause?: unknown): ReparamError =>
  inputError(`${at} is not a safetensors file, or damaged: ${what}`, { at, cause });

/** Length of the header that the first bytes of a file announce. */
export function headerLength(prefix: Uint8Array, fileBytes: number, at: string): number {
  if (fileBytes < prefixBytes) throw damaged(at, `it has only ${fileBytes} bytes`);
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(longestHeader)) {
    throw damaged(at, `a header of ${length} bytes, where ${longestHeader} are the most`);
  }
  if (BigInt(prefixBytes) + length > BigInt(fileBytes)) throw damaged(at, 'it ends in its header');
  return Number(length);
}

function parsed(bytes: Uint8Array, at: string): Map<string, unknown> {
  if (bytes[0] !== '{'.charCodeAt(0)) throw damaged(at, 'its header is no JSON object');
  let text: string;
  let value: object;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text) as object;
  } catch (cause) {
    throw damaged(at, 'its header is no JSON', cause);
  }
  const twice = duplicateName(text);
  if (twice !== null) throw damaged(at, `its header has the name '${shown(twice)}' twice`);
  return new Map(Object.entries(value));
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const areCounts = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);

function readMetadata(value: unknown, at: string): Map<string, string> {
  if (!isObject(value)) throw damaged(at, 'its metadata are no JSON object');
  return new Map(
    Object.entries(value).map(([name, text]) => {
      if (typeof text === 'string') return [name, text];
      throw damaged(at, `'${shown(name)}' in its metadata is no text`);
    }),
  );
}

function readEntry(name: string, value: unknown, at: string): SafetensorsEntry {
  const tensor = `tensor '${shown(name)}'`;
  if (!isObject(value)) throw damaged(at, `${tensor} is not described by a JSON object`);
  const { dtype: typeName, shape: dims, data_offsets: offsets } = value;
  const dtype = typeof typeName === 'string' ? typesByName.get(typeName) : undefined;
  if (dtype === undefined) {
    throw inputError(`${at}: ${tensor} has the unknown element type ${shown(String(typeName))}`, {
      at,
    });
  }
  if (!areCounts(dims)) throw damaged(at, `${tensor} has no valid shape`);
  if (!areCounts(offsets) || offsets.length !== 2) {
    throw damaged(at, `${tensor} has no valid offsets`);
  }
  const [begin, end] = offsets as [number, number];
  const wanted = byteLength(dtype, elementCount(dims));
  if (end - begin !== wanted) {
    const shape = shown(dims.join(', '));
    throw damaged(at, `${tensor} of shape [${shape}] has ${end - begin} bytes, not ${wanted}`);
  }
  return { name, dtype, dims, begin, end };
}

/** Every byte must belong to one tensor: an overlap or a gap may hide something. */
function checkPlaces(entries: readonly SafetensorsEntry[], dataBytes: number, at: string): void {
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      const problem = entry.begin < end ? 'overlaps the one before it' : 'leaves a gap before it';
      throw damaged(at, `tensor '${shown(entry.name)}' ${problem}`);
    }
    end = entry.end;
  }
  if (end !== dataBytes) {
    throw damaged(at, `its header describes ${end} bytes of elements, but ${dataBytes} follow`);
  }
}

/**
 * Reads the header of a safetensors file and checks it against the rest.
 * @param bytes the header alone, without its length.
 * @param dataBytes how many bytes follow it.
 * @param at the file's name for messages.
 * @throws ReparamError for anything that the format forbids, and for element types that ONNX does not have.
 */
export function decodeHeader(bytes: Uint8Array, dataBytes: number, at: string): SafetensorsHeader {
  const fields = parsed(bytes, at);
  const metadata = fields.has(metadataName)
    ? readMetadata(fields.get(metadataName), at)
    : new Map<string, string>();
  fields.delete(metadataName);
  const entries = [...fields]
    .map(([name, value]) => readEntry(name, value, at))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkPlaces(entries, dataBytes, at);
  return { entries, metadata };
}
