import {
  computedFrom,
  constantNodeTensor,
  extract,
  type Model,
  type Node,
  type Types,
  type Value,
} from '../ir/index.js';
import { isTransferable } from '../runtime/index.js';
import type { Tensor } from '../tensor/index.js';

/** Nodes that run together, after the pieces before. */
export interface Piece {
  /** Values that it reads: graph inputs and outputs of earlier pieces. */
  readonly inputs: readonly Value[];
  /** Values wanted, and those that later pieces read. */
  readonly outputs: readonly Value[];
  /** Among the outputs. */
  readonly wanted: readonly Value[];
  /** Values that no later piece reads. */
  readonly finished: readonly Value[];
}

/** Data of an initializer or of a Constant node. */
export const constantOf = (value: Value): Tensor | null =>
  value.constant ?? (value.producer?.is('Constant') ? constantNodeTensor(value.producer) : null);

/** Nodes that the values depend on, in the order of the graph. */
function neededNodes(model: Model, wanted: Iterable<Value>): Node[] {
  const needed = new Set<Node>();
  const stack = [...wanted];
  for (let value = stack.pop(); value; value = stack.pop()) {
    const node = value.producer;
    if (!node || needed.has(node) || constantOf(value)) continue;
    needed.add(node);
    stack.push(...computedFrom(node));
  }
  return model.graph.nodes.filter((node) => needed.has(node));
}

/** Lists of nodes, each of which ends with one that produces a wanted value. */
function cutAfter(nodes: readonly Node[], wanted: ReadonlySet<Value>): Node[][] {
  const parts: Node[][] = [];
  let part: Node[] = [];
  for (const node of nodes) {
    part.push(node);
    if (!node.results.some((result) => wanted.has(result))) continue;
    parts.push(part);
    part = [];
  }
  return parts;
}

/**
 * Cuts the part of a model that values depend on into pieces, each of which ends where the next of them is computed.
 * Every node runs once.
 */
export function planPieces(model: Model, wanted: ReadonlySet<Value>): Piece[] {
  const parts = cutAfter(neededNodes(model, wanted), wanted);
  const lastReader = new Map<Value, number>();
  const read = parts.map((nodes, index) => {
    const values = new Set(nodes.flatMap(computedFrom).filter((value) => !constantOf(value)));
    for (const value of values) lastReader.set(value, index);
    return values;
  });
  return parts.map((nodes, index) => {
    const results = nodes.flatMap((node) => node.results);
    const produced = new Set(results);
    const isReadLater = (value: Value): boolean => (lastReader.get(value) ?? -1) > index;
    const inputs = [...(read[index] ?? [])].filter((value) => !produced.has(value));
    const isWanted = (value: Value): boolean => wanted.has(value);
    return {
      inputs,
      outputs: results.filter((value) => isWanted(value) || isReadLater(value)),
      wanted: results.filter(isWanted),
      finished: [...inputs, ...results].filter((value) => !isReadLater(value)),
    };
  });
}

/** Whether each piece can be a model of its own whose inputs and outputs are tensors that onnxruntime passes on. */
export function canBeCut(model: Model, pieces: readonly Piece[], types: Types): boolean {
  const passed = pieces.flatMap(({ inputs, outputs }) => [...inputs, ...outputs]);
  const isPassed = (value: Value): boolean => {
    const dtype = types.of(value)?.dtype;
    return dtype !== undefined && isTransferable(dtype);
  };
  if (!passed.every(isPassed)) return false;
  return pieces.every(({ inputs, outputs }) => {
    const known = inputs.map((input) => [input, types.of(input)] as const);
    const typed = known.flatMap(([input, type]) => (type ? [[input, type] as const] : []));
    return pieceModel(model, { inputs: new Map(typed), outputs }, types).ok;
  });
}

type Ends = Pick<Parameters<typeof extract>[1], 'inputs' | 'outputs'>;

/** A piece as a model, which refuses what cannot stand alone. */
export const pieceModel = (model: Model, ends: Ends, types: Types) =>
  extract(model, {
    ...ends,
    constant: constantOf,
    dtype: (value) => types.of(value)?.dtype ?? null,
  });
