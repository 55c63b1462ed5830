import { accept, refuse, type Verdict } from '../errors.js';
import { type DataType, dataTypes, type Tensor } from '../tensor/index.js';
import { int } from './attribute.js';
import { Graph } from './graph.js';
import { createModel, type Model } from './model.js';
import { Node } from './node.js';
import { type TensorType, Value } from './value.js';

export interface ExtractOptions {
  /** Values that become inputs, each with the type to declare. */
  readonly inputs: ReadonlyMap<Value, TensorType>;
  readonly outputs: readonly Value[];
  /** Data to use instead of a value's own producer, null to keep the producer. */
  readonly constant: (value: Value) => Tensor | null;
  /** Element types, for casts: CastLike becomes a Cast, so that its second input is not needed. */
  readonly dtype: (value: Value) => DataType | null;
}

/** The values that a node computes with: CastLike takes only the type of its second input. */
export const computedFrom = (node: Node): Value[] =>
  node.is('CastLike') ? node.operands.slice(0, 1) : node.operands;

/**
 * Copies the nodes between some values and others into a model of its own; the original stays as it is.
 * Refuses what cannot stand alone: graph inputs that are not named as inputs, nodes with subgraphs, other domains.
 */
export function extract(model: Model, options: ExtractOptions): Verdict<Model> {
  const copy = new Graph('extract');
  const values = new Map<Value, Value>();
  for (const [value, type] of options.inputs) {
    values.set(value, copy.newInput(value.name || 'input', type));
  }
  for (const node of orderedNodes(options)) {
    if (node instanceof Value) {
      const tensor = options.constant(node) ?? node.constant;
      if (!tensor) return refuse('it depends on a value outside the extracted part', node.name);
      values.set(node, copy.addInitializer(node.name, tensor));
      continue;
    }
    if (node.subgraphs.length > 0) return refuse('a subgraph cannot be extracted', node.label);
    if (node.domain !== '')
      return refuse(`operators of domain '${node.domain}' cannot be extracted`, node.label);
    const outputs = node.outputs.map((output) => output && copied(copy, values, output));
    const inputs = node.inputs.map((input) => input && (values.get(input) ?? null));
    const { name, attributes } = node;
    const dtype =
      node.is('Cast', 'CastLike') && node.results[0] ? options.dtype(node.results[0]) : null;
    const source = node.inputs[0];
    if (dtype && source && options.dtype(source) === dtype) {
      // onnxruntime cannot open every Cast to the same type, and the extracted part may be run in another one.
      copy.nodes.push(new Node('Identity', inputs.slice(0, 1), outputs, { name }));
    } else if (dtype && node.is('CastLike')) {
      const to = [['to', int(dataTypes[dtype].code)]] as const;
      copy.nodes.push(new Node('Cast', inputs.slice(0, 1), outputs, { name, attributes: to }));
    } else {
      copy.nodes.push(new Node(node.opType, inputs, outputs, { name, attributes }));
    }
  }
  for (const output of options.outputs) copy.addOutput(values.get(output) as Value);
  const extracted = createModel(copy, model.opsets.get('') ?? 1, Math.max(model.irVersion, 4));
  return accept(extracted);
}

function copied(graph: Graph, values: Map<Value, Value>, value: Value): Value {
  // Types follow from the inputs, which may be given others than the original's.
  const copy = new Value(graph.uniqueName(value.name));
  values.set(value, copy);
  return copy;
}

/** Nodes that the outputs need, producers first, and the values (constants, stray inputs) that they start from. */
function orderedNodes({ inputs, outputs, constant }: ExtractOptions): (Node | Value)[] {
  const order: (Node | Value)[] = [];
  const done = new Set<Node | Value>();
  const stack: { readonly item: Node | Value; readonly expanded: boolean }[] = [];
  const visit = (value: Value): void => {
    if (inputs.has(value)) return;
    const item = value.producer !== null && constant(value) === null ? value.producer : value;
    if (!done.has(item)) stack.push({ item, expanded: false });
  };
  for (const output of outputs) visit(output);
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { item, expanded } = top;
    if (done.has(item)) continue;
    if (expanded || item instanceof Value) {
      done.add(item);
      order.push(item);
      continue;
    }
    stack.push({ item, expanded: true });
    for (const input of computedFrom(item)) visit(input);
  }
  return order;
}
