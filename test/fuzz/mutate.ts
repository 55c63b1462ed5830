import { concatenate } from '../../src/onnx/elements.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import { type Message, type MessageName, schema } from '../../src/onnx/schema.js';
import { changed, readMessage, writeMessage } from '../../src/onnx/wire.js';

/** Numbers in [0, 1). */
export type Random = () => number;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const pick = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)] as T;

type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array;

/** A part of the file; short ones more often than long ones. */
function range(bytes: Uint8Array, random: Random): readonly [from: number, to: number] {
  const from = below(random, bytes.length);
  return [from, Math.min(bytes.length, from + 1 + below(random, 2 ** below(random, 10)))];
}

const byteMutations: readonly Mutation[] = [
  (bytes, random) => {
    const copy = bytes.slice();
    for (let i = 0; i <= below(random, 4); i++) {
      const at = below(random, copy.length);
      copy[at] = (copy[at] ?? 0) ^ (1 << below(random, 8));
    }
    return copy;
  },
  (bytes, random) => bytes.with(below(random, bytes.length), below(random, 256)),
  (bytes, random) => bytes.slice(0, below(random, bytes.length)),
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return concatenate([bytes.subarray(0, from), bytes.subarray(to)]);
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    return concatenate([bytes.subarray(0, to), bytes.subarray(from)]);
  },
  (bytes, random) => {
    const [from, to] = range(bytes, random);
    const noise = Uint8Array.from({ length: to - from }, () => below(random, 256));
    return concatenate([bytes.subarray(0, from), noise, bytes.subarray(to)]);
  },
];

const absurdNumbers = [-1, 0, 1, 2, 3, 7, 255, 2 ** 31 - 1, 2 ** 31, 2 ** 40, 2 ** 53, 2 ** 63, -(2 ** 63)];
const absurdTexts = ['', 'x', 'y', 'a', 'w', '../../etc/passwd', '\0', 'Conv', 'Loop', 'ä'.repeat(200)];

function absurdScalar(type: string, random: Random): unknown {
  switch (type) {
    case 'string':
      return pick(random, absurdTexts);
    case 'int32':
      return pick(random, absurdNumbers) | 0;
    case 'int64':
      return numberToInt64(pick(random, absurdNumbers));
    case 'float':
      return pick(random, [0, 0x7fc00000, 0x7f800000, 0xff7fffff, 1, 0x3f800000]);
    default:
      return Uint8Array.from({ length: below(random, 20) }, () => below(random, 256));
  }
}

/** Drops, repeats, swaps or replaces elements of a repeated field. */
function mutateList(items: readonly unknown[], type: string, random: Random): readonly unknown[] {
  const i = below(random, items.length);
  const j = below(random, items.length);
  switch (below(random, type in schema ? 3 : 4)) {
    case 0:
      return items.toSpliced(i, 1);
    case 1:
      return items.toSpliced(j, 0, items[i]);
    case 2:
      return items.with(i, items[j]).with(j, items[i]);
    default:
      return items.with(i, absurdScalar(type, random));
  }
}

/**
 * Changes one field somewhere in a message: names, inputs, dims, attributes, types, whole nodes … The deeper the
 * message, the more there is to find there: it descends until a coin says stop.
 */
function mutateMessage<T extends MessageName>(name: T, message: Message<T>, random: Random): Message<T> {
  const fields: Record<string, readonly [number, string]> = schema[name];
  const present = Object.keys(message).filter((key) => key in fields);
  const field = random() < 0.1 ? pick(random, Object.keys(fields)) : pick(random, present);
  const notation = fields[field]?.[1];
  if (notation === undefined) return message;
  const type = notation.replace('*', '');
  const value = (message as Record<string, unknown>)[field];
  const put = (replacement: unknown): Message<T> =>
    changed(message, { [field]: replacement } as Message<T>);
  if (value === undefined) {
    if (type in schema) return message;
    const scalar = absurdScalar(type, random);
    return put(notation.endsWith('*') || type === 'packed' ? [scalar] : scalar);
  }
  if (random() < 0.05) return put(undefined);
  const descend = type in schema && random() < 0.8;
  if (Array.isArray(value)) {
    if (value.length === 0) return message;
    if (!descend) return put(mutateList(value, type, random));
    const i = below(random, value.length);
    return put(value.with(i, mutateMessage(type as MessageName, value[i], random)));
  }
  return put(
    type in schema
      ? mutateMessage(type as MessageName, value as Message<MessageName>, random)
      : absurdScalar(type, random),
  );
}

function mutateStructure(bytes: Uint8Array, random: Random): Uint8Array {
  try {
    let message = readMessage('ModelProto', bytes);
    for (let i = 0; i <= below(random, 4); i++) message = mutateMessage('ModelProto', message, random);
    return concatenate(writeMessage('ModelProto', message));
  } catch {
    // An earlier mutation has made it unreadable.
    return bytes;
  }
}

/** Spoils a model file in one to three ways. The same numbers give the same file. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let mutated = random() < 0.6 ? mutateStructure(bytes, random) : bytes;
  const count = mutated === bytes ? 1 + below(random, 3) : below(random, 2);
  for (let i = 0; i < count && mutated.length > 0; i++) {
    mutated = pick(random, byteMutations)(mutated, random);
  }
  return mutated;
}
