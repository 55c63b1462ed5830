import { internalError } from '../errors.js';
import type { FunctionIdentity, Model } from '../ir/index.js';
import { decodeTensor, isExternal } from './decode-tensor.js';
import { concatenate, type Elements, withoutElements } from './elements.js';
import { encodeGraph } from './encode-graph.js';
import { readMetadata, readOpset } from './entries.js';
import type { ExternalDataWriter } from './external.js';
import { referenceTo } from './external-references.js';
import { int64ToNumber, numberToInt64 } from './numbers.js';
import { externalSlices, functionOrigins, modelOrigins } from './provenance.js';
import type { FunctionProto, ModelProto, TensorProto } from './schema.js';
import { toUtf8 } from './text.js';
import { mapTensors, type ReplaceTensor } from './traverse.js';
import { changed, maximumBytes, tooLarge, writeMessage } from './wire.js';

export interface EncodeOptions {
  /** Takes the weights that shall lie outside the file. Without it all that can be read are embedded. */
  readonly external?: ExternalDataWriter;
}

/** Smaller tensors are embedded in any case: onnxruntime needs the values of shapes when it loads a model. */
const smallestExternal = 1024;

/** Keeps entries whose value did not change as they are, spelling and repetitions included. */
function updateEntries<E, V>(
  entries: readonly E[],
  read: (entry: E) => readonly [string, V],
  current: ReadonlyMap<string, V>,
  write: (key: string, value: V, entry?: E) => E,
): E[] {
  const before = new Map(entries.map(read));
  const kept = entries.flatMap((entry) => {
    const [key] = read(entry);
    const value = current.get(key);
    if (value === undefined) return [];
    return [value === before.get(key) ? entry : write(key, value, entry)];
  });
  const added = [...current].filter(([key]) => !before.has(key));
  return [...kept, ...added.map(([key, value]) => write(key, value))];
}

function encodeFunction(identity: FunctionIdentity): FunctionProto {
  const origin = functionOrigins.get(identity);
  if (!origin) throw internalError(`function '${identity.name}' is not from a file`);
  return origin;
}

export function toMessage(model: Model): ModelProto {
  const origin = modelOrigins.get(model);
  const version = origin?.ir_version;
  const sameVersion = version && int64ToNumber(version) === model.irVersion;
  return changed(origin, {
    ir_version: sameVersion ? version : numberToInt64(model.irVersion),
    producer_name: model.producerName,
    producer_version: model.producerVersion,
    graph: encodeGraph(model.graph),
    opset_import: updateEntries(
      origin?.opset_import ?? [],
      readOpset,
      model.opsets,
      (domain, opset, entry) => changed(entry ?? { domain }, { version: numberToInt64(opset) }),
    ),
    metadata_props: updateEntries(
      origin?.metadata_props ?? [],
      readMetadata,
      model.metadata,
      (key, text, entry) => changed(entry ?? { key: toUtf8(key) }, { value: toUtf8(text) }),
    ),
    functions: model.functions.map(encodeFunction),
  });
}

/** Reads external data into the message, as far as the sum can fit into one file. */
export function embedTensors(): ReplaceTensor {
  let total = 0;
  return (message) => {
    const slice = externalSlices.get(message);
    if (!slice) return message;
    total += slice.byteLength;
    if (total > maximumBytes) throw tooLarge();
    return changed(withoutElements(message), { raw_data: slice.read() });
  };
}

function elementsOf(message: TensorProto): Elements | null {
  if (isExternal(message)) return null;
  const tensor = decodeTensor(message, 'an initializer');
  if (!tensor || tensor.dtype === 'string') return null;
  return { byteLength: tensor.byteLength, read: () => tensor.bytes };
}

/** Moves initializers and what was outside before out of the message. */
function moveTensors(writer: ExternalDataWriter): ReplaceTensor {
  const embed = embedTensors();
  return (message, field) => {
    const slice = externalSlices.get(message);
    const data = slice ?? (field === 'initializer' ? elementsOf(message) : null);
    if (!data || data.byteLength < smallestExternal) return embed(message, field);
    const range = writer.add(data.byteLength, data.read);
    return changed(withoutElements(message), {
      external_data: referenceTo(range),
      data_location: 1,
    });
  };
}

/**
 * Writes a model as the bytes of an ONNX file, in pieces to be written one after the other. Large weights are not
 * copied: their pieces are the tensors' own bytes.
 * @throws ReparamError above 2 GiB, the limit of the format.
 */
export function encodeChunks(model: Model, options: EncodeOptions = {}): Uint8Array[] {
  const place = options.external ? moveTensors(options.external) : embedTensors();
  return writeMessage('ModelProto', mapTensors('ModelProto', toMessage(model), place));
}

/** {@link encodeChunks} in one piece, external data embedded: what does not change comes back as it was read. */
export const encodeModel = (model: Model): Uint8Array => concatenate(encodeChunks(model));
