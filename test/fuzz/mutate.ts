import { concatenate } from '../../src/onnx/elements.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import { type Message, type MessageName, type ModelProto, schema } from '../../src/onnx/schema.js';
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
    for (let count = 1 + below(random, 4); count > 0; count--) {
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

const absurdNumbers = [
  -1,
  0,
  1,
  2,
  3,
  7,
  255,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 40,
  2 ** 53,
  2 ** 63,
  -(2 ** 63),
];
const absurdTexts = [
  '',
  'x',
  'y',
  'a',
  'w',
  '../../etc/passwd',
  '\0',
  'Conv',
  'Loop',
  'ä'.repeat(200),
];

/** Names that are in use cross the wires of a graph, others cut them. */
function namesIn({ graph }: ModelProto): string[] {
  return (graph?.node ?? []).flatMap(({ input = [], output = [] }) => [...input, ...output]);
}

interface Context {
  readonly random: Random;
  readonly names: readonly string[];
}

function absurdScalar(type: string, { random, names }: Context): unknown {
  switch (type) {
    case 'string':
      return pick(random, names.length > 0 && random() < 0.7 ? names : absurdTexts);
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
function mutateList(items: readonly unknown[], type: string, context: Context): readonly unknown[] {
  const { random } = context;
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
      return items.with(i, absurdScalar(type, context));
  }
}

/** Prefers fields with messages: the deeper, the more there is to spoil. */
function pickField(name: MessageName, message: object, random: Random): string | undefined {
  const fields: Record<string, readonly [number, string]> = schema[name];
  if (random() < 0.1) return pick(random, Object.keys(fields));
  const present = Object.keys(message).filter((key) => key in fields);
  const inner = present.filter((key) => (fields[key]?.[1] ?? '').replace('*', '') in schema);
  return pick(random, inner.length > 0 && random() < 0.7 ? inner : present);
}

/** Changes one field somewhere in a message: names, inputs, dims, attributes, types, whole nodes … */
function mutateMessage<T extends MessageName>(
  name: T,
  message: Message<T>,
  context: Context,
): Message<T> {
  const { random } = context;
  const field = pickField(name, message, random);
  if (field === undefined) return message;
  const notation = (schema[name] as Record<string, readonly [number, string]>)[field]?.[1] ?? '';
  const type = notation.replace('*', '');
  const value = (message as Record<string, unknown>)[field];
  const put = (replacement: unknown): Message<T> =>
    changed(message, { [field]: replacement } as Message<T>);
  if (value === undefined) {
    if (type in schema) return message;
    const scalar = absurdScalar(type, context);
    return put(notation.endsWith('*') || type === 'packed' ? [scalar] : scalar);
  }
  if (random() < 0.03) return put(undefined);
  const inner = (item: unknown): unknown =>
    mutateMessage(type as MessageName, item as Message<MessageName>, context);
  if (!Array.isArray(value))
    return put(type in schema ? inner(value) : absurdScalar(type, context));
  if (value.length === 0) return message;
  const i = below(random, value.length);
  const descend = type in schema && random() < 0.8;
  return put(descend ? value.with(i, inner(value[i])) : mutateList(value, type, context));
}

function mutateStructure(bytes: Uint8Array, random: Random): Uint8Array {
  try {
    let message = readMessage('ModelProto', bytes);
    const context = { random, names: namesIn(message) };
    for (let count = 1 + below(random, 4); count > 0; count--) {
      message =
        message.graph && random() < 0.9
          ? changed(message, { graph: mutateMessage('GraphProto', message.graph, context) })
          : mutateMessage('ModelProto', message, context);
    }
    return concatenate(writeMessage('ModelProto', message));
  } catch {
    // An earlier mutation has made it unreadable.
    return bytes;
  }
}

/** Spoils a model file in one to three ways. The same numbers give the same file. */
export function mutate(bytes: Uint8Array, random: Random): Uint8Array {
  let mutated = random() < 0.7 ? mutateStructure(bytes, random) : bytes;
  const count = mutated === bytes ? 1 + below(random, 3) : Number(random() < 0.1);
  for (let i = 0; i < count && mutated.length > 0; i++) {
    mutated = pick(random, byteMutations)(mutated, random);
  }
  return mutated;
}
