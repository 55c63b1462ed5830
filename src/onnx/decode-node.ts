import { inputError } from '../errors.js';
import { type Attribute, type Graph, Node, type Value } from '../ir/index.js';
import type { Tensor } from '../tensor/index.js';
import { attributeKind } from './attribute-kinds.js';
import { decodeTensor } from './decode-tensor.js';
import { float32FromBits, int64ToNumber } from './numbers.js';
import { attributeOrigins, nodeOrigins } from './provenance.js';
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from './schema.js';
import { fromUtf8 } from './text.js';

/** What a node needs of the graph around it. */
export interface NodeContext {
  /** @throws ReparamError when no value of the name is in scope. */
  readonly resolve: (name: string, reader: string) => Value;
  readonly define: (name: string) => Value;
  readonly decodeSubgraph: (message: GraphProto) => Graph;
}

/** How messages name a node that is not yet built. */
export function nodeLabel({ op_type = '', name, output }: NodeProto): string {
  const shown = name || output?.[0] || '';
  return shown ? `${op_type} '${shown}'` : op_type;
}

const other: Attribute = { kind: 'other', value: null };

function decodeTensors(messages: readonly TensorProto[], at: string): readonly Tensor[] | null {
  const tensors = messages.map((message) => decodeTensor(message, at));
  return tensors.every((tensor) => tensor !== null) ? tensors : null;
}

function decodeValue(message: AttributeProto, context: NodeContext, at: string): Attribute {
  const kind = attributeKind(message);
  switch (kind) {
    case 'int':
      return { kind, value: message.i ? int64ToNumber(message.i) : 0 };
    case 'float':
      return { kind, value: float32FromBits(message.f ?? 0) };
    case 'string':
      return { kind, value: fromUtf8(message.s) };
    case 'ints':
      return { kind, value: (message.ints ?? []).map(int64ToNumber) };
    case 'floats':
      return { kind, value: (message.floats ?? []).map(float32FromBits) };
    case 'strings':
      return { kind, value: (message.strings ?? []).map(fromUtf8) };
    case 'tensor': {
      if (!message.t) throw inputError(`${at} has no value`, { at });
      const value = decodeTensor(message.t, at);
      return value ? { kind, value } : { ...other };
    }
    case 'tensors': {
      const value = decodeTensors(message.tensors ?? [], at);
      return value ? { kind, value } : { ...other };
    }
    case 'graph':
      if (!message.g) throw inputError(`${at} has no value`, { at });
      return { kind, value: context.decodeSubgraph(message.g) };
    case 'graphs':
      return { kind, value: (message.graphs ?? []).map(context.decodeSubgraph) };
    case 'other':
      return { ...other };
  }
}

function decodeAttributes(message: NodeProto, context: NodeContext): Map<string, Attribute> {
  const attributes = new Map<string, Attribute>();
  const label = nodeLabel(message);
  for (const proto of message.attribute ?? []) {
    const name = proto.name ?? '';
    if (attributes.has(name)) {
      throw inputError(`${label} has the attribute '${name}' twice`, { at: label });
    }
    const attribute = decodeValue(proto, context, `attribute '${name}' of ${label}`);
    attributeOrigins.set(attribute, proto);
    attributes.set(name, attribute);
  }
  return attributes;
}

/** An empty name stands for an input or output that is left out. */
export function decodeNode(message: NodeProto, context: NodeContext): Node {
  const { op_type = '', domain = '', overload = '', name = '' } = message;
  const label = nodeLabel(message);
  if (op_type === '') throw inputError(`the node '${name}' names no operator`, { at: name });
  const node = new Node(
    op_type,
    (message.input ?? []).map((input) => (input === '' ? null : context.resolve(input, label))),
    (message.output ?? []).map((output) => (output === '' ? null : context.define(output))),
    { name, domain, overload, attributes: decodeAttributes(message, context) },
  );
  nodeOrigins.set(node, message);
  return node;
}
