import protobuf from 'protobufjs/light.js';
import { inputError } from '../errors.js';
import { ChunkWriter } from './chunk-writer.js';
import { type Message, type MessageName, schema } from './schema.js';

/** Types of the schema that protobuf calls by another name. */
const wireTypes = new Map<string, string>([
  ['float', 'fixed32'],
  ['packed', 'bytes'],
]);

function buildType(name: string, fields: Record<string, readonly [number, string]>): protobuf.Type {
  const type = new protobuf.Type(name, { features: { utf8_validation: 'VERIFY' } });
  for (const [field, [id, notation]] of Object.entries(fields)) {
    const element = notation.replace('*', '');
    const rule = element !== notation || element === 'packed' ? 'repeated' : undefined;
    type.add(new protobuf.Field(field, id, wireTypes.get(element) ?? element, rule));
  }
  return type;
}

const root = new protobuf.Root();
for (const [name, fields] of Object.entries(schema)) root.add(buildType(name, fields));

/** A constructor whose messages have only the fields that were read, where protobufjs would fill in defaults. */
function withoutDefaults(type: protobuf.Type): protobuf.Type {
  type.ctor = class extends protobuf.Message<object> {};
  for (const field of type.fieldsArray) type.ctor.prototype[field.name] = undefined;
  return type;
}

const types = new Map(
  Object.keys(schema).map((name) => [name, withoutDefaults(root.lookupType(name))]),
);
const typeOf = (name: MessageName): protobuf.Type => types.get(name) as protobuf.Type;

/**
 * Byte fields of the result are views of `bytes`.
 * @throws whatever protobufjs throws: RangeError for a truncated message, TypeError for text that is not UTF-8, Error.
 */
export function readMessage<T extends MessageName>(name: T, bytes: Uint8Array): Message<T> {
  // A Buffer would make protobufjs hand out Buffers, whose slice and toString differ from those of Uint8Array.
  const reader = new protobuf.Reader(
    new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );
  reader.discardUnknown = false;
  return typeOf(name).decode(reader) as unknown as Message<T>;
}

export const isTooDeep = (cause: unknown): boolean =>
  cause instanceof Error && cause.message === 'max depth exceeded';

export const tooDeep = (subject: string, cause: unknown): Error =>
  inputError(`${subject} is nested more than 100 levels deep`, { at: subject, cause });

/** protobuf's own limit for one message. */
export const maximumBytes = 2 ** 31 - 1;

export const tooLarge = (): Error =>
  inputError('the model is larger than 2 GiB, which no ONNX file can be', {
    hint: 'keep its weights in an external data file',
  });

/**
 * @returns the message in pieces, to be written one after the other; large byte fields are views of the data given.
 * @throws ReparamError above 2 GiB and above 100 levels, the limits of protobuf.
 */
export function writeMessage<T extends MessageName>(name: T, message: Message<T>): Uint8Array[] {
  const writer = new ChunkWriter();
  try {
    typeOf(name).encode(message, writer);
  } catch (cause) {
    throw isTooDeep(cause) ? tooDeep('the model', cause) : cause;
  }
  if (writer.byteLength > maximumBytes) throw tooLarge();
  return writer.chunks();
}

/**
 * Copies a message, fields that the schema does not know included. Text that was absent stays absent when it would
 * become empty, and `undefined` removes a field.
 */
export function changed<M extends { readonly $unknowns?: readonly Uint8Array[] | undefined }>(
  message: M | undefined,
  changes: M,
): M {
  const copy: Record<string, unknown> = { ...message };
  // protobufjs keeps them in a property that cannot be enumerated.
  if (message?.$unknowns) copy.$unknowns = message.$unknowns;
  for (const [field, value] of Object.entries<unknown>(changes)) {
    if (value !== '' || copy[field] !== undefined) copy[field] = value;
  }
  return copy as M;
}
