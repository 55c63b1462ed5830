import { dataTypes, elementCount, type Tensor } from '../tensor/index.js';
import { allGraphs } from './graph.js';
import type { Model } from './model.js';
import type { Node } from './node.js';
import { inferTypes, type Types } from './shapes/index.js';
import type { Dim } from './value.js';

type Shape = readonly Dim[] | null;

/** Product of lengths, those of the first `batchRank` axes counted as 1 where they are not known. */
function size(shape: Shape, batchRank: number): number | null {
  let product = 1;
  for (const [axis, dim] of shape?.entries() ?? []) {
    if (typeof dim === 'number') product *= dim;
    else if (axis >= batchRank) return null;
  }
  return shape && product;
}

const times = (a: number | null, b: number | null): number | null =>
  a === null || b === null ? null : a * b;

/** Weight [O, C / group, ...]: each output element takes one product per weight of its channel. */
function convolution(node: Node, shape: (index: number) => Shape, output: Shape): number | null {
  const [, ...perElement] = shape(1) ?? [null, null];
  return times(size(node.is('ConvTranspose') ? shape(0) : output, 1), size(perElement, 0));
}

/** Each element of a matrix product takes as many products as the inner axis is long. */
function product(inner: Dim | undefined, output: Shape): number | null {
  return typeof inner === 'number'
    ? times(size(output, Math.max(1, (output?.length ?? 0) - 2)), inner)
    : null;
}

/**
 * Multiply-accumulates of one run of a Conv, ConvTranspose, Gemm or MatMul; 0 for other operators. Batch lengths that
 * are not known count as 1 (the first axis, and those that MatMul broadcasts).
 * @returns null when another length that matters is not known.
 */
export function nodeMacs(node: Node, types: Types): number | null {
  const shape = (index: number): Shape => {
    const value = node.inputs[index];
    return (value && types.of(value)?.shape) ?? null;
  };
  const result = node.outputs[0];
  const output = (result && types.of(result)?.shape) ?? null;
  if (node.is('Conv', 'ConvTranspose')) return convolution(node, shape, output);
  if (node.is('MatMul')) return product(shape(0)?.at(-1), output);
  if (node.is('Gemm')) return product(shape(0)?.[node.int('transA', 0) ? 0 : 1], output);
  return 0;
}

/** Multiply-accumulates of all nodes, bodies of control flow counted once; those of unknown size count nothing. */
export function modelMacs(model: Model, types: Types = inferTypes(model)): number {
  let total = 0;
  for (const graph of allGraphs(model.graph)) {
    for (const node of graph.nodes) total += nodeMacs(node, types) ?? 0;
  }
  return total;
}

const floatElements = (tensor: Tensor | null): number =>
  tensor && dataTypes[tensor.dtype].kind === 'float' ? elementCount(tensor.dims) : 0;

/** Elements of float constants, initializers and Constant nodes alike, each counted once however often it is read. */
export function countParameters(model: Model): number {
  let count = 0;
  for (const graph of allGraphs(model.graph)) {
    for (const { constant } of graph.initializers) count += floatElements(constant);
    for (const node of graph.nodes) {
      if (!node.is('Constant')) continue;
      const list = node.attributes.get('value_floats');
      count += floatElements(node.tensor('value'));
      if (list?.kind === 'floats') count += list.value.length;
      else if (node.attributes.has('value_float')) count += 1;
    }
  }
  return count;
}

/** How often each operator occurs, nested graphs included; those of other domains as `domain::Op`. */
export function opCounts(model: Model): Map<string, number> {
  const counts = new Map<string, number>();
  for (const graph of allGraphs(model.graph)) {
    for (const { domain, opType } of graph.nodes) {
      const name = domain === '' ? opType : `${domain}::${opType}`;
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return counts;
}
