import { inputError } from '../errors.js';
import type { FunctionIdentity, Model } from '../ir/index.js';
import { decodeGraph } from './decode-graph.js';
import { canonicalDomain, readMetadata, readOpset } from './entries.js';
import type { ExternalDataReader } from './external.js';
import { openExternalData } from './external-references.js';
import { fileKind } from './file-kind.js';
import { int64ToNumber } from './numbers.js';
import { functionOrigins, modelOrigins } from './provenance.js';
import type { FunctionProto, GraphProto, ModelProto } from './schema.js';
import { isTooDeep, readMessage, tooDeep } from './wire.js';

export interface DecodeOptions {
  /** Gives access to weights in other files; without it they cannot be read, only passed on. */
  readonly external?: ExternalDataReader;
  /** How messages name the model: its path, for example. */
  readonly source?: string;
}

/** The version from which `opset_import` is required; before, opset 1 was meant. */
const firstVersionWithOpsets = 3;

function unreadable(bytes: Uint8Array, subject: string, cause: unknown): Error {
  const kind = fileKind(bytes);
  const details = { at: subject, cause };
  if (kind) return inputError(`${subject} is ${kind}, not an ONNX model`, details);
  if (cause instanceof RangeError) {
    return inputError(`${subject} is truncated, or not an ONNX model`, {
      ...details,
      hint: 'copy or download the file again',
    });
  }
  if (cause instanceof TypeError) {
    return inputError(`${subject} holds a name that is not UTF-8 text`, details);
  }
  if (isTooDeep(cause)) return tooDeep(subject, cause);
  return inputError(`${subject} is damaged, or not an ONNX model`, details);
}

function readModel(bytes: Uint8Array, subject: string): ModelProto {
  if (bytes.length === 0) throw inputError(`${subject} is empty`, { at: subject });
  try {
    return readMessage('ModelProto', bytes);
  } catch (cause) {
    throw unreadable(bytes, subject, cause);
  }
}

function graphOf(message: ModelProto, bytes: Uint8Array, subject: string): GraphProto {
  const { graph } = message;
  if (!graph) {
    const kind = fileKind(bytes);
    throw inputError(`${subject} ${kind ? `is ${kind}, not an ONNX model` : 'holds no graph'}`, {
      at: subject,
    });
  }
  if (message.ir_version === undefined) {
    throw inputError(`${subject} has no ir_version`, { at: subject });
  }
  if (!graph.node?.length && !graph.output?.length) {
    throw inputError(`the graph of ${subject} is empty`, { at: subject });
  }
  return graph;
}

function decodeOpsets(message: ModelProto, subject: string): Map<string, number> {
  const opsets = new Map<string, number>();
  for (const [domain, version] of (message.opset_import ?? []).map(readOpset)) {
    if ((opsets.get(domain) ?? version) !== version) {
      throw inputError(`${subject} imports two versions of the operator set '${domain}'`, {
        at: subject,
      });
    }
    opsets.set(domain, version);
  }
  return opsets;
}

function decodeFunction(message: FunctionProto): FunctionIdentity {
  const { domain, name = '', overload = '' } = message;
  const identity = { domain: canonicalDomain(domain), name, overload };
  functionOrigins.set(identity, message);
  return identity;
}

/**
 * Reads an ONNX file. Weights are not copied: tensors are views of `bytes`.
 * @throws ReparamError for anything that is not a complete, consistent model.
 */
export function decodeModel(bytes: Uint8Array, options: DecodeOptions = {}): Model {
  const subject = options.source ?? 'the model';
  const message = readModel(bytes, subject);
  const graphMessage = graphOf(message, bytes, subject);
  if (options.external) openExternalData(message, options.external);
  const opsets = decodeOpsets(message, subject);
  const domains = new Set<string>();
  const { graph } = decodeGraph(graphMessage, {
    names: new Set(),
    onDomain: (domain) => domains.add(domain),
  });
  const irVersion = message.ir_version ? int64ToNumber(message.ir_version) : 0;
  if (domains.has('') && !opsets.has('') && irVersion >= firstVersionWithOpsets) {
    throw inputError(`${subject} does not say which version of the ONNX operator set it uses`, {
      at: subject,
      hint: 'it lacks an opset_import for the domain ai.onnx: export the model again',
    });
  }
  const model: Model = {
    irVersion,
    opsets,
    producerName: message.producer_name ?? '',
    producerVersion: message.producer_version ?? '',
    metadata: new Map((message.metadata_props ?? []).map(readMetadata)),
    functions: (message.functions ?? []).map(decodeFunction),
    graph,
  };
  modelOrigins.set(model, message);
  return model;
}
