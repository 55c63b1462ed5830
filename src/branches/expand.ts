import { raiseOpset } from '../autodiff/index.js';
import { accept, type Verdict } from '../errors.js';
import { type Model, type Node, namePatterns, onnxOpset, requireMatches } from '../ir/index.js';
import { copyModel } from '../onnx/index.js';
import { BlockBuilder, type ExpandMode } from './block-builder.js';
import type { BranchType, ConvBlock, MatrixBlock } from './branch-type.js';
import { readConvSite } from './conv-site.js';
import { Draft } from './draft.js';
import { MatrixBuilder, readMatrixSite } from './matrix.js';
import { layerName } from './names.js';
import { keepFunction } from './solve.js';

export interface ExpandOptions {
  readonly block: BranchType;
  /** Patterns of the layers to expand: names of nodes, outputs or weights. All by default. */
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly mode?: ExpandMode;
  /** A whole number. The same seed gives the same bytes. */
  readonly seed?: number;
}

export interface Expansion {
  /** A copy; the given model stays as it is. */
  readonly model: Model;
  /** Names of the nodes that became blocks, and how many branches these have. */
  readonly expanded: readonly { readonly node: string; readonly branches: number }[];
  readonly skipped: readonly { readonly node: string; readonly reason: string }[];
}

/** Unsqueeze and its like take axes as an operand from here on. */
const oldestOpset = 13;

/**
 * Replaces each Conv (Gemm, MatMul) of a model's main graph that a block type is made for by such a block.
 * @throws ReparamError when a pattern matches no layer, and for models whose opset is too old to be raised.
 */
export function expand(source: Model, options: ExpandOptions): Expansion {
  const { block, only = [], skip = [] } = options;
  const model = copyModel(source);
  if (onnxOpset(model) < oldestOpset) raiseOpset(model);
  const operators = block.operator.split(', ');
  const layers = model.graph.nodes.filter((node) => node.is(...operators));
  const what = operators.join(' or ');
  requireMatches([...only, ...skip], layers.map(namesOf), what);
  const [isChosen, isSkipped] = [namePatterns(only), namePatterns(skip)];
  const expanded: { node: string; branches: number }[] = [];
  const skipped: { node: string; reason: string }[] = [];
  for (const node of layers) {
    const names = namesOf(node);
    if (names.some(isSkipped) || (only.length > 0 && !names.some(isChosen))) continue;
    const name = labelOf(node);
    const result =
      block.operator === 'Conv'
        ? expandConv(model, node, block, options)
        : expandMatrix(model, node, block, options);
    if (result.ok) expanded.push({ node: name, branches: result.value });
    else skipped.push({ node: name, reason: result.refusal.reason });
  }
  return { model, expanded, skipped };
}

const labelOf = (node: Node): string => node.name || (node.results[0]?.name ?? node.opType);

/** What patterns may call it; the first is what it is called in messages. */
function namesOf(node: Node): string[] {
  const [, weight] = node.inputs;
  const layer = weight ? [weight.name, layerName(node, weight)] : [];
  return [labelOf(node), ...node.results.map(({ name }) => name), ...layer];
}

function expandConv(
  model: Model,
  node: Node,
  block: ConvBlock,
  { mode = 'keep', seed = 0 }: ExpandOptions,
): Verdict<number> {
  const site = readConvSite(node);
  if (!site.ok) return site;
  const { weight, dtype, norm } = site.value;
  const applies = block.applies(site.value);
  if (!applies.ok) return applies;
  const draft = new Draft(model.graph, `${layerName(node, weight)}.${block.name}.`, dtype, seed);
  const { emit, parameters } = draft;
  const builder = new BlockBuilder(site.value, mode, emit, parameters);
  const sum = block.build(builder);
  const kept = mode === 'keep' ? keepFunction(builder, sum, block.normalized) : null;
  if (kept && !kept.ok) {
    draft.discard();
    return kept;
  }
  draft.replace(block.normalized && norm ? [node, norm.node] : [node], sum.value);
  return accept(builder.branches);
}

function expandMatrix(
  model: Model,
  node: Node,
  block: MatrixBlock,
  { seed = 0 }: ExpandOptions,
): Verdict<number> {
  const site = readMatrixSite(node);
  if (!site.ok) return site;
  const { weight, dtype } = site.value;
  const applies = block.applies(site.value);
  if (!applies.ok) return applies;
  const draft = new Draft(model.graph, `${layerName(node, weight)}.${block.name}.`, dtype, seed);
  const { emit, parameters } = draft;
  const builder = new MatrixBuilder(site.value, emit, parameters);
  block.build(builder);
  draft.replace([node], builder.finish());
  return accept(builder.branches);
}
