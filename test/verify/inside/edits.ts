import { allGraphs, type Graph, type Model, Node, Value } from '../../../src/ir/index.js';
import { applyMerge, planMerge } from '../../../src/merge/index.js';
import { decodeModel, encodeModel } from '../../../src/onnx/index.js';
import { type DataType, dataTypes, elementCount, Tensor } from '../../../src/tensor/index.js';
import {
  type ComparedReport,
  type VerifyOptions,
  verifyModels,
} from '../../../src/verify/index.js';

export const copyOf = (model: Model): Model => decodeModel(encodeModel(model));

export async function mergedCopy(model: Model): Promise<Model> {
  const merged = copyOf(model);
  const { refused } = await applyMerge(await planMerge(merged));
  if (refused.length > 0) throw new Error(refused[0]?.refusal.reason);
  return merged;
}

export function nodeNamed({ graph }: Model, name: string): Node {
  const node = graph.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new Error(`no node '${name}' among ${graph.nodes.map((n) => n.name).join()}`);
  return node;
}

/** Puts other numbers in the place of a constant input of a node. */
export function changeConstant(
  node: Node,
  position: number,
  change: (values: Float64Array, dims: readonly number[]) => ArrayLike<number>,
): Node {
  const value = node.inputs[position] as Value;
  const { dtype, dims } = value.constant as Tensor;
  const numbers = (value.constant as Tensor).toNumbers();
  value.constant = Tensor.fromNumbers(dtype, dims, change(numbers, dims));
  return node;
}

/** Scales the element whose magnitude is nearest to the median: neither a tiny nor an outstanding weight. */
export function scaleTypicalWeight(values: Float64Array, factor: number, skip = 0): Float64Array {
  const order = [...values.keys()].sort((i, j) => Math.abs(values[i]!) - Math.abs(values[j]!));
  const at = order[Math.floor(values.length / 2) + skip]!;
  return values.with(at, values[at]! * factor);
}

/** Slices along an axis, in another order. */
export function permuteSlices(
  values: Float64Array,
  dims: readonly number[],
  axis: number,
  order: readonly number[],
): Float64Array {
  const inner = elementCount(dims.slice(axis + 1));
  const rows = order.length;
  return values.map((_, i) => {
    const row = Math.floor(i / inner) % rows;
    return values[i + (order[row]! - row) * inner]!;
  });
}

/** Square kernels [..., k, k] with rows and columns swapped. */
export function transposeKernels(values: Float64Array, dims: readonly number[]): Float64Array {
  const size = dims.at(-1) as number;
  return values.map((_, i) => {
    const at = i % size ** 2;
    return values[i - at + (at % size) * size + Math.floor(at / size)]!;
  });
}

/** Puts a node of another operator or with other inputs in the place of one. */
export function replaceNode(
  { graph }: Model,
  old: Node,
  opType: string,
  inputs: readonly (Value | null)[],
  attributes: Node['attributes'] = old.attributes,
  outputs: readonly (Value | null)[] = old.outputs,
): Node {
  const { name } = old;
  const node = new Node(opType, inputs, outputs, { name, attributes });
  graph.rewrite(new Set([old]), new Map([[old, [node]]]));
  return node;
}

/** Puts a node of one input between a value and all that read it. */
export function insertAfter(
  { graph }: Model,
  value: Value,
  opType: string,
  attributes: Node['attributes'] = new Map(),
  constants: readonly Tensor[] = [],
): Value {
  const readers = [...value.users];
  const result = new Value(graph.uniqueName(`${value.name}_${opType}`));
  const inputs = constants.map((tensor) => graph.addInitializer('inserted', tensor));
  const node = new Node(opType, [value, ...inputs], [result], { attributes });
  const place = value.producer ? graph.nodes.indexOf(value.producer) + 1 : 0;
  graph.nodes.splice(place, 0, node);
  for (const reader of readers) {
    for (const [i, input] of reader.inputs.entries()) {
      if (input === value) reader.setInput(i, result);
    }
  }
  return result;
}

/** Names nothing but inputs and outputs, and numbers the values inside as old exporters do. */
export function numberValues(model: Model, first = 100): Model {
  const { graph } = model;
  const kept = new Set([...graph.inputs, ...graph.outputs]);
  let next = first;
  const number = (value: Value): void => {
    if (!kept.has(value)) value.name = String(next++);
  };
  for (const { nodes, initializers, inputs } of allGraphs(graph)) {
    for (const value of [...initializers, ...inputs]) number(value);
    for (const node of nodes) {
      node.name = '';
      for (const value of node.results) number(value);
    }
  }
  return model;
}

/** Puts nodes in another order in which they can run, and initializers in any. */
export function shuffle({ graph }: Model, random: () => number): void {
  const waiting = new Set(graph.nodes);
  const ordered: Node[] = [];
  while (waiting.size > 0) {
    const ready = [...waiting].filter((node) => needs(node).every((other) => !waiting.has(other)));
    const node = ready[Math.floor(random() * ready.length)]!;
    waiting.delete(node);
    ordered.push(node);
  }
  graph.nodes = ordered;
  const constants = [...graph.initializers].sort(() => random() - 0.5);
  graph.initializers.clear();
  for (const value of constants) graph.initializers.add(value);
}

/** Nodes whose results a node reads, in its subgraphs too. */
function needs(node: Node): Node[] {
  const inner = (graph: Graph): Value[] =>
    graph.nodes
      .flatMap((one) => [...one.operands, ...one.subgraphs.flatMap(inner)])
      .concat(graph.outputs);
  const read = [...node.operands, ...node.subgraphs.flatMap(inner)];
  return read.flatMap(({ producer }) => producer ?? []);
}

/** Compares outputs and, whatever they say, the values inside. */
export async function lookInside(
  a: Model,
  b: Model,
  options: VerifyOptions = {},
): Promise<ComparedReport> {
  const report = await verifyModels(a, b, { inside: 'always', ...options });
  if ('reason' in report) throw new Error(`not compared: ${report.reason}`);
  return report;
}

export const castTo = (dtype: DataType): Node['attributes'] =>
  new Map([['to', { kind: 'int', value: dataTypes[dtype].code }]]);
