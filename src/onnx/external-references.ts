import { inputError, type ReparamError } from '../errors.js';
import { byteLength } from '../tensor/index.js';
import { isExternal, tensorHeader } from './decode-tensor.js';
import type { ExternalDataReader, ExternalRange } from './external.js';
import { externalSlices } from './provenance.js';
import type { ModelProto, StringStringEntryProto, TensorProto } from './schema.js';
import { fromUtf8, toUtf8 } from './text.js';
import { mapTensors } from './traverse.js';

const entry = (key: string, value: string): StringStringEntryProto => ({
  key: toUtf8(key),
  value: toUtf8(value),
});

/** The `external_data` entries for a range. */
export const referenceTo = ({
  location,
  offset,
  length,
}: ExternalRange): StringStringEntryProto[] => [
  entry('location', location),
  entry('offset', String(offset)),
  ...(length === null ? [] : [entry('length', String(length))]),
];

const malformed = (at: string, problem: string): ReparamError =>
  inputError(`the external data of ${at} ${problem}`, { at });

function readCount(text: string | undefined, key: string, at: string): number | null {
  if (text === undefined) return null;
  const count = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(count))
    throw malformed(at, `has the ${key} '${text}', which is no number of bytes`);
  return count;
}

/** The range that a tensor refers to, its length taken from its dims where the file does not say. */
function rangeOf(message: TensorProto, at: string): ExternalRange {
  const entries = new Map(
    (message.external_data ?? []).map(({ key, value }) => [fromUtf8(key), fromUtf8(value)]),
  );
  const location = entries.get('location');
  if (!location) throw malformed(at, 'names no file');
  const offset = readCount(entries.get('offset'), 'offset', at) ?? 0;
  const length = readCount(entries.get('length'), 'length', at);
  const { dtype, count } = tensorHeader(message, at);
  if (dtype === null || dtype === 'string') return { location, offset, length };
  const expected = byteLength(dtype, count);
  if (length !== null && length !== expected) {
    throw malformed(at, `is ${length} bytes long, but its dims need ${expected}`);
  }
  return { location, offset, length: expected };
}

/**
 * Opens the external data of every tensor of a model, those in functions and training graphs included.
 * @throws ReparamError when some of it is missing, too short or outside the model's folder.
 */
export function openExternalData(model: ModelProto, reader: ExternalDataReader): void {
  mapTensors('ModelProto', model, (tensor) => {
    if (isExternal(tensor)) {
      const at = tensor.name ? `tensor '${tensor.name}'` : 'a tensor';
      externalSlices.set(tensor, reader.open(rangeOf(tensor, at)));
    }
    return tensor;
  });
}

/** The files that hold external data of a model. */
export function externalFiles(model: ModelProto): Set<string> {
  const files = new Set<string>();
  mapTensors('ModelProto', model, (tensor) => {
    const slice = externalSlices.get(tensor);
    if (slice) files.add(slice.file);
    return tensor;
  });
  return files;
}
