import type { Graph, Value } from '../ir/index.js';
import { encodeNode } from './encode-node.js';
import { encodeTensor, renamed } from './encode-tensor.js';
import { declaredTypes, type GraphOrigin, graphOrigins } from './provenance.js';
import type { GraphProto, TensorProto, ValueInfoProto } from './schema.js';
import { writeType } from './types.js';
import { changed } from './wire.js';

/** A declaration is kept to the letter as long as its value has the type that it was declared with. */
function encodeValueInfo(value: Value, origin: ValueInfoProto | undefined): ValueInfoProto {
  const same = origin !== undefined && declaredTypes.get(value) === value.type;
  const type = same || !value.type ? {} : { type: writeType(value.type, origin?.type) };
  return changed(origin, { name: value.name, ...type });
}

function encodeInitializers(graph: Graph, origin: GraphOrigin | undefined): TensorProto[] {
  const known = [...graph.initializers].flatMap(({ constant, name }) =>
    constant ? [encodeTensor(constant, name)] : [],
  );
  const opaque = [...(origin?.opaqueInitializers ?? [])].map(([{ name }, message]) =>
    renamed(message, name),
  );
  return [...known, ...opaque];
}

export function encodeSparse(origin: GraphOrigin | undefined): GraphProto['sparse_initializer'] {
  return origin?.message.sparse_initializer?.map((message, i) => {
    const name = origin.sparseInitializers[i]?.name ?? '';
    return message.values ? changed(message, { values: renamed(message.values, name) }) : message;
  });
}

/** Declarations of what still exists, then those of new values whose type is known. */
function encodeValueInfos(graph: Graph, origin: GraphOrigin | undefined): ValueInfoProto[] {
  const results = new Set(graph.nodes.flatMap((node) => node.results));
  const others = new Set([
    ...graph.inputs,
    ...graph.initializers,
    ...(origin?.opaqueInitializers.keys() ?? []),
    ...(origin?.sparseInitializers ?? []),
  ]);
  const infos: ValueInfoProto[] = [];
  for (const { message, value } of origin?.valueInfo ?? []) {
    if (value === null) infos.push(message);
    else if (results.has(value) || others.has(value)) infos.push(encodeValueInfo(value, message));
  }
  const declared = new Set(origin?.valueInfo.map(({ value }) => value));
  const outputs = new Set(graph.outputs);
  for (const value of results) {
    const isNew = !declared.has(value) && !outputs.has(value);
    if (value.type && isNew) infos.push(encodeValueInfo(value, undefined));
  }
  return infos;
}

export function encodeGraph(graph: Graph): GraphProto {
  const origin = graphOrigins.get(graph);
  return changed(origin?.message, {
    name: graph.name,
    node: graph.nodes.map((node) => encodeNode(node, encodeGraph)),
    initializer: encodeInitializers(graph, origin),
    sparse_initializer: encodeSparse(origin),
    input: graph.inputs.map((value) => encodeValueInfo(value, origin?.inputs.get(value))),
    output: graph.outputs.map((value) => encodeValueInfo(value, origin?.outputs.get(value))),
    value_info: encodeValueInfos(graph, origin),
  });
}
