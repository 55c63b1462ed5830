import type { Graph, Model, Node } from '../ir/index.js';
import { sameBytes } from '../tensor/index.js';
import { concatenate } from './elements.js';
import { embedTensors, toMessage } from './encode.js';
import { encodeSparse } from './encode-graph.js';
import { encodeNode } from './encode-node.js';
import { graphOrigins } from './provenance.js';
import type { Message, MessageName } from './schema.js';
import { mapTensors } from './traverse.js';
import { changed, writeMessage } from './wire.js';

/** The same bytes for the same message, whether its tensors lie in the file or outside. */
const canonical = <T extends MessageName>(name: T, message: Message<T>): Uint8Array =>
  concatenate(writeMessage(name, mapTensors(name, message, embedTensors())));

const same = <T extends MessageName>(name: T, a: Message<T>, b: Message<T>): boolean =>
  sameBytes(canonical(name, a), canonical(name, b));

const emptyGraph = () => ({});

/** True for nodes that are equal in everything that a file says of them, but for graphs in their attributes. */
export const sameNode = (a: Node, b: Node): boolean =>
  a.opType === b.opType && same('NodeProto', encodeNode(a, emptyGraph), encodeNode(b, emptyGraph));

/** True for models that are equal in everything but their graphs: operator sets, functions, metadata and the rest. */
export function sameHeader(a: Model, b: Model): boolean {
  const header = (model: Model) => changed(toMessage(model), { graph: undefined });
  return same('ModelProto', header(a), header(b));
}

/** True for graphs that are equal in what the IR does not hold: sparse initializers, and those of unknown types. */
export function sameOpaque(a: Graph, b: Graph): boolean {
  const opaque = (graph: Graph) => {
    const origin = graphOrigins.get(graph);
    const initializer = [...(origin?.opaqueInitializers.values() ?? [])];
    return { initializer, sparse_initializer: encodeSparse(origin) };
  };
  return same('GraphProto', opaque(a), opaque(b));
}
