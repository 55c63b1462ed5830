import type { Refusal } from '../errors.js';
import { allGraphs, type Model, type Node, type Value } from '../ir/index.js';
import type { CandidateTable } from './candidates.js';
import type { Constants } from './constants.js';
import type { NearMiss, Region } from './plan.js';

/** How far back a join's branches are searched for the point where they part. */
const searchDepth = 64;

/** Nodes that stay although people would expect them to merge, each with the reason. */
export function findNearMisses(
  model: Model,
  table: CandidateTable,
  constants: Constants,
  tooCostly: ReadonlyMap<Value, Region>,
  regions: readonly Region[],
): NearMiss[] {
  const merged = new Set<Node>();
  for (const region of regions) for (const node of region.nodes) merged.add(node);
  const found: NearMiss[] = [];
  for (const graph of allGraphs(model.graph)) {
    for (const node of graph.nodes) {
      const value = node.results[0];
      if (!value || merged.has(node) || constants.isConstant(value)) continue;
      const refusal = explain(node, value, table, tooCostly);
      if (refusal) found.push({ node, refusal });
    }
  }
  return found;
}

/** Operators that people expect to merge; what happens to the others needs no explanation. */
const expected = new Set([
  ...['Conv', 'ConvTranspose', 'MatMul', 'Gemm', 'BatchNormalization', 'AveragePool'],
  ...['Add', 'Sub', 'Sum', 'Concat'],
]);

function explain(
  node: Node,
  value: Value,
  table: CandidateTable,
  tooCostly: ReadonlyMap<Value, Region>,
): Refusal | null {
  const costly = tooCostly.get(value);
  if (!expected.has(node.opType)) return null;
  const inexact = table.notExact.get(value);
  if (inexact) return inexact;
  if (node.is('Conv', 'ConvTranspose', 'BatchNormalization', 'AveragePool')) {
    const refusal = table.notLinear.get(value);
    if (refusal) return refusal;
  }
  if (costly && costly.nodes.size > 1) return costlier(costly);
  if (node.is('Add', 'Sub', 'Sum', 'Concat')) return explainJoin(node, value, table);
  return null;
}

function costlier(region: Region): Refusal {
  const { before, after } = region;
  const more =
    after.operations > before.operations
      ? `${round(before.operations)} → ${round(after.operations)} operations`
      : after.bytes > before.bytes
        ? `${round(before.bytes)} → ${round(after.bytes)} bytes`
        : 'nothing would be saved';
  return { reason: `one convolution could replace it exactly, but would cost more (${more})` };
}

const round = (value: number): string => Number(value.toPrecision(3)).toLocaleString('en-US');

/** A join whose branches start from one value, but not linearly: the first thing in the way. */
function explainJoin(node: Node, value: Value, table: CandidateTable): Refusal | null {
  const operands = table.operands.get(value);
  if (!operands || operands.length < 2 || table.of(value).length > 0) return null;
  const blocks = operands.map((operand) => blockOf(operand, table));
  const convolved = operands.some((operand) => table.of(operand).length > 0);
  if (!convolved || !shareAncestor(operands)) return null;
  const block = blocks.find((refusal) => refusal !== null);
  if (!block) return null;
  return {
    reason: `its branches do not start linearly from one value: ${block.reason}`,
    at: block.at ?? node.label,
  };
}

/** The nearest node before a value that is not linear, or does not compose. */
function blockOf(value: Value, table: CandidateTable): Refusal | null {
  let at: Value | undefined = value;
  for (let step = 0; at && step < searchDepth; step++) {
    const refusal = table.notLinear.get(at) ?? table.notExact.get(at);
    if (refusal) return refusal;
    const operands = table.operands.get(at);
    at = operands?.[0];
  }
  return null;
}

function shareAncestor(operands: readonly Value[]): boolean {
  const [first, ...others] = operands.map(ancestors);
  if (!first) return false;
  return others.some((other) => [...other].some((value) => first.has(value)));
}

function ancestors(value: Value): Set<Value> {
  const found = new Set<Value>([value]);
  const queue = [value];
  for (let i = 0; i < queue.length && i < searchDepth; i++) {
    for (const input of queue[i]?.producer?.operands ?? []) {
      if (input.constant || found.has(input)) continue;
      found.add(input);
      queue.push(input);
    }
  }
  return found;
}
