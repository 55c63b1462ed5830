import {
  type Graph,
  GraphBuilder,
  inferTypes,
  int,
  isKnown,
  type Model,
  Node,
  type Types,
  type Value,
} from '../../ir/index.js';
import { copyModel } from '../../onnx/index.js';
import { elementCount } from '../../tensor/index.js';
import { nchwc } from './domain.js';
import { blockedDepthwiseWeight, blockedWeight } from './weights.js';

function knownDims(value: Value | null | undefined, types: Types): readonly number[] | null {
  const type = value ? types.of(value) : null;
  return type?.dtype === 'float32' && type.shape && isKnown(type.shape) ? type.shape : null;
}

/** A convolution for which there is a kernel that works on blocks of channels. */
interface BlockedForm {
  /** Output channels. */
  readonly outputs: number;
  /** The weight in the kernel's order. */
  weight(b: GraphBuilder, weight: Value, block: number): Value;
}

/** The blocked form of a node; null where there is no kernel for it, or nothing to gain. */
function blockedForm(node: Node, types: Types, block: number): BlockedForm | null {
  if (!node.is('Conv')) return null;
  const dims = knownDims(node.inputs[1], types);
  const [, channels = 0, ...spatial] = knownDims(node.inputs[0], types) ?? [];
  if (!dims || elementCount(dims) === 0 || spatial.length !== 2) return null;
  const [outputs = 0, inputs = 0, ...kernel] = dims;
  const group = node.int('group', 1);
  if (group === channels && group === outputs) {
    // With one tap it is a scale, which costs no more than the reordering.
    if (elementCount(kernel) === 1 || channels % block !== 0) return null;
    return { outputs, weight: (b, weight) => blockedDepthwiseWeight(b, weight, dims) };
  }
  if (inputs % block !== 0 || (outputs / group) % block !== 0) return null;
  return { outputs, weight: (b, weight) => blockedWeight(b, weight, dims, block) };
}

/** Builds a value once for each that it is made of. */
function once(build: (value: Value) => Value): (value: Value) => Value {
  const known = new Map<Value, Value>();
  return (value) => {
    const built = known.get(value) ?? build(value);
    known.set(value, built);
    return built;
  };
}

/** Names nodes after the convolution that they serve, as profiles show them. */
function nameAfter({ name }: Node, nodes: readonly Node[]): void {
  if (name === '') return;
  for (const [i, node] of nodes.entries()) node.name ||= `${name}/${node.opType}_${i}`;
}

function rewrite(graph: Graph, forms: ReadonlyMap<Node, BlockedForm>, block: number): void {
  const { domain } = nchwc;
  const nodes = graph.nodes;
  graph.nodes = [];
  const b = new GraphBuilder(graph);
  const blocks = once((x) => b.op('ReorderInput', [x], {}, { domain }));
  for (const node of nodes) {
    const form = forms.get(node);
    const [x, w, bias] = node.inputs;
    const [y] = node.outputs;
    if (!form || !x || !w || !y) {
      graph.nodes.push(node);
      continue;
    }
    const first = graph.nodes.length;
    const operands = [blocks(x), form.weight(b, w, block), ...(bias ? [bias] : [])];
    const attributes = Object.fromEntries(node.attributes);
    const result = b.op('Conv', operands, attributes, { domain, name: node.name });
    node.detach();
    const back = { domain, attributes: [['channels', int(form.outputs)]] as const };
    graph.nodes.push(new Node('ReorderOutput', [result], [y], back));
    nameAfter(node, graph.nodes.slice(first));
  }
}

/**
 * Lets onnxruntime's CPU provider compute convolutions in blocks of channels, as its own optimizer does where weights
 * are constants: those of a training step are not. The function stays the same.
 * @param block from `blockLength`
 * @returns a copy, or `source` itself where there is nothing to gain
 */
export function blockConvolutions(source: Model, block: number): Model {
  const model = copyModel(source);
  const types = inferTypes(model);
  const forms = new Map<Node, BlockedForm>();
  for (const node of model.graph.nodes) {
    const form = blockedForm(node, types, block);
    if (form) forms.set(node, form);
  }
  if (forms.size === 0) return source;
  rewrite(model.graph, forms, block);
  model.opsets.set(nchwc.domain, nchwc.version);
  return model;
}
