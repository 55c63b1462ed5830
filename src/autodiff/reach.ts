import type { Model, Node, Types, Value } from '../ir/index.js';
import { isFloat } from '../tensor/index.js';
import { isConstantOp } from './ops/index.js';

/** Nodes that the outputs depend on, in an order in which they can run. */
export function liveNodes(model: Model, outputs: Iterable<Value>): Node[] {
  const live = new Set<Node>();
  const stack = [...outputs];
  for (let value = stack.pop(); value; value = stack.pop()) {
    const node = value.producer;
    if (!node || live.has(node)) continue;
    live.add(node);
    stack.push(...node.operands);
  }
  return model.graph.nodes.filter((node) => live.has(node));
}

/**
 * Values through which a parameter reaches the loss: those whose gradient is wanted.
 * @param nodes in an order in which they can run
 */
export function differentiableValues(
  nodes: readonly Node[],
  parameters: Iterable<Value>,
  loss: Value,
  types: Types,
): Set<Value> {
  const fromParameters = new Set(parameters);
  const passes = (node: Node): boolean => !isConstantOp(node);
  for (const node of nodes) {
    if (!passes(node) || !node.operands.some((value) => fromParameters.has(value))) continue;
    for (const result of node.results) {
      const dtype = types.of(result)?.dtype;
      if (dtype === undefined || isFloat(dtype)) fromParameters.add(result);
    }
  }
  const toLoss = new Set([loss]);
  for (const node of nodes.toReversed()) {
    if (!passes(node) || !node.results.some((value) => toLoss.has(value))) continue;
    for (const operand of node.operands) toLoss.add(operand);
  }
  return new Set([...fromParameters].filter((value) => toLoss.has(value)));
}
