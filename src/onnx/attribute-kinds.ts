import type { Attribute } from '../ir/index.js';
import type { AttributeProto } from './schema.js';

type Kind = Exclude<Attribute['kind'], 'other'>;

/** `AttributeProto.AttributeType` and the field that holds an attribute of each kind. */
export const attributeKinds = {
  float: { type: 1, field: 'f' },
  int: { type: 2, field: 'i' },
  string: { type: 3, field: 's' },
  tensor: { type: 4, field: 't' },
  graph: { type: 5, field: 'g' },
  floats: { type: 6, field: 'floats' },
  ints: { type: 7, field: 'ints' },
  strings: { type: 8, field: 'strings' },
  tensors: { type: 9, field: 'tensors' },
  graphs: { type: 10, field: 'graphs' },
} as const satisfies Record<Kind, { type: number; field: keyof AttributeProto }>;

const kinds = Object.keys(attributeKinds) as Kind[];
const byType = new Map(kinds.map((kind) => [attributeKinds[kind].type as number, kind]));

/** Files of the first IR versions say no type: there the field that is present tells. */
export function attributeKind(message: AttributeProto): Attribute['kind'] {
  if (message.ref_attr_name) return 'other';
  if (message.type) return byType.get(message.type) ?? 'other';
  return kinds.find((kind) => message[attributeKinds[kind].field] !== undefined) ?? 'other';
}
