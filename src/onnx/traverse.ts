import { type Message, type MessageName, schema, type TensorProto } from './schema.js';
import { changed } from './wire.js';

interface Part {
  readonly field: string;
  readonly type: MessageName;
  readonly repeated: boolean;
}

/** Messages that hold a TensorProto somewhere below them. */
const holders: readonly MessageName[] = [
  'ModelProto',
  'TrainingInfoProto',
  'FunctionProto',
  'GraphProto',
  'NodeProto',
  'AttributeProto',
  'SparseTensorProto',
];

function partsOf(name: MessageName): Part[] {
  const fields: Record<string, readonly [number, string]> = schema[name];
  const parts: Part[] = [];
  for (const [field, [, notation]] of Object.entries(fields)) {
    const type = notation.replace('*', '') as MessageName;
    if (type !== 'TensorProto' && !holders.includes(type)) continue;
    parts.push({ field, type, repeated: notation.endsWith('*') });
  }
  return parts;
}

const parts = new Map(holders.map((name) => [name, partsOf(name)]));

function mapUnlessSame<T>(items: readonly T[], f: (item: T) => T): readonly T[] {
  const mapped = items.map(f);
  return mapped.some((item, i) => item !== items[i]) ? mapped : items;
}

/** @param field name of the field that holds the tensor: `initializer`, `t`, `values` … */
export type ReplaceTensor = (tensor: TensorProto, field: string) => TensorProto;

/** Replaces every tensor below a message. Parts in which nothing changes stay the same objects. */
export function mapTensors<T extends MessageName>(
  name: T,
  message: Message<T>,
  replace: ReplaceTensor,
): Message<T> {
  let result = message;
  for (const { field, type, repeated } of parts.get(name) ?? []) {
    const old = (message as Record<string, unknown>)[field];
    if (old === undefined) continue;
    const one = (item: unknown): unknown =>
      type === 'TensorProto'
        ? replace(item as TensorProto, field)
        : mapTensors(type, item as Message<typeof type>, replace);
    const next = repeated ? mapUnlessSame(old as unknown[], one) : one(old);
    if (next !== old) result = changed(result, { [field]: next } as Message<T>);
  }
  return result;
}
