import { internalError } from '../errors.js';
import type { Attribute, Graph, Node } from '../ir/index.js';
import { attributeKinds } from './attribute-kinds.js';
import { encodeTensor } from './encode-tensor.js';
import { canonicalDomain } from './entries.js';
import { float32ToBits, numberToInt64 } from './numbers.js';
import { attributeOrigins, nodeOrigins } from './provenance.js';
import type { AttributeProto, GraphProto, NodeProto } from './schema.js';
import { toUtf8 } from './text.js';
import { changed } from './wire.js';

export type EncodeGraph = (graph: Graph) => GraphProto;

function valueField(attribute: Attribute, encodeGraph: EncodeGraph): AttributeProto {
  switch (attribute.kind) {
    case 'int':
      return { i: numberToInt64(attribute.value) };
    case 'float':
      return { f: float32ToBits(attribute.value) };
    case 'string':
      return { s: toUtf8(attribute.value) };
    case 'tensor':
      return { t: encodeTensor(attribute.value) };
    case 'graph':
      return { g: encodeGraph(attribute.value) };
    case 'ints':
      return { ints: attribute.value.map(numberToInt64) };
    case 'floats':
      return { floats: attribute.value.map(float32ToBits) };
    case 'strings':
      return { strings: attribute.value.map(toUtf8) };
    case 'tensors':
      return { tensors: attribute.value.map((tensor) => encodeTensor(tensor)) };
    case 'graphs':
      return { graphs: attribute.value.map(encodeGraph) };
    case 'other':
      throw internalError('an attribute without a value is not from a file');
  }
}

function encodeAttribute(
  name: string,
  attribute: Attribute,
  encodeGraph: EncodeGraph,
): AttributeProto {
  const origin = attributeOrigins.get(attribute);
  const { kind } = attribute;
  if (origin) {
    // Everything but a graph is immutable.
    const graphs = kind === 'graph' || kind === 'graphs' ? valueField(attribute, encodeGraph) : {};
    return changed(origin, { name, ...graphs });
  }
  const value = valueField(attribute, encodeGraph);
  if (kind === 'other') throw internalError('an attribute without a value is not from a file');
  return { name, type: attributeKinds[kind].type, ...value };
}

export function encodeNode(node: Node, encodeGraph: EncodeGraph): NodeProto {
  const origin = nodeOrigins.get(node);
  const sameDomain = origin && canonicalDomain(origin.domain) === node.domain;
  return changed(origin, {
    input: node.inputs.map((value) => value?.name ?? ''),
    output: node.outputs.map((value) => value?.name ?? ''),
    name: node.name,
    op_type: node.opType,
    ...(sameDomain ? {} : { domain: node.domain }),
    overload: node.overload,
    attribute: [...node.attributes].map(([name, attribute]) =>
      encodeAttribute(name, attribute, encodeGraph),
    ),
  });
}
