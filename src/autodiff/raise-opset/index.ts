import { inputError } from '../../errors.js';
import {
  allGraphs,
  type Graph,
  inferTypes,
  type Model,
  type Node,
  oldestIrVersion,
  onnxOpset,
  type Types,
} from '../../ir/index.js';
import { RaiseContext, type RaiseRule } from './rule.js';
import { raiseRules, unchangedOps } from './rules/index.js';

const rules = new Map<string, RaiseRule>(
  raiseRules.flatMap((rule) => rule.opTypes.map((opType) => [opType, rule] as const)),
);
const unchanged = new Set(unchangedOps);

/** The oldest opset that can be raised: before it, broadcasting was an attribute. */
const oldest = 7;
/** The opset that models are raised to. */
const target = 17;

/**
 * Rewrites a model, in place, into opset 17, in which it computes the same; a model of that opset or later stays as it
 * is.
 * @throws ReparamError for an operator that it does not know or that has no such form, naming the node: the model must
 * then not be used any more.
 */
export function raiseOpset(model: Model): void {
  const opset = onnxOpset(model);
  if (opset >= target) return;
  if (opset < oldest) {
    throw inputError(`the model is of opset ${opset}; only ${oldest} and later can be raised`, {
      hint: 'export the model again with opset 13 or later',
    });
  }
  if (model.functions.length > 0) {
    throw inputError('the opset of a model with functions of its own cannot be raised', {
      at: model.functions[0]?.name ?? '',
      hint: 'export the model again with opset 13 or later',
    });
  }
  const types = inferTypes(model);
  for (const graph of [...allGraphs(model.graph)]) raiseGraph(graph, opset, types);
  model.opsets.set('', target);
  model.irVersion = Math.max(model.irVersion, oldestIrVersion(target));
}

function raiseGraph(graph: Graph, opset: number, types: Types): void {
  const replacements = new Map<Node, readonly Node[]>();
  for (const node of graph.nodes) {
    const nodes = raised(new RaiseContext(node, opset, types, graph));
    if (nodes) replacements.set(node, nodes);
  }
  graph.rewrite(new Set(replacements.keys()), replacements);
}

function raised(context: RaiseContext): readonly Node[] | null {
  const { node, opset } = context;
  if (node.domain !== '') return null;
  const rule = rules.get(node.opType);
  if (rule) return opset < rule.since ? rule.raise(context) : null;
  if (unchanged.has(node.opType)) return null;
  throw context.refusal('this operator is not known');
}
