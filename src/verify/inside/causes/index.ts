import type { Model } from '../../../ir/index.js';
import { attributes } from './attributes.js';
import { type Cause, type Difference, twinNodes } from './cause.js';
import { mergePart } from './merged.js';
import { replaced } from './operators.js';
import { border, channelwise, layout, permutedChannels, shifted } from './pattern.js';
import { precision } from './precision.js';
import { trainingMode } from './training.js';
import { mergedWeights, missingBias, roundedConstants, weights } from './weights.js';

/** What the files say is certain. */
const certain: readonly Cause[] = [
  trainingMode,
  precision,
  replaced,
  attributes,
  missingBias,
  weights,
];

/** What the numbers look like is likely, and of interest where the files say nothing. */
const likely: readonly Cause[] = [
  roundedConstants,
  layout,
  permutedChannels,
  shifted,
  border,
  channelwise,
];

/** Nobody reads more. */
const mostSentences = 6;

function operators(nodes: readonly { readonly opType: string }[]): string {
  const shown = nodes.slice(0, 8).map(({ opType }) => opType);
  return nodes.length > 8 ? `${shown.join(', ')} and ${nodes.length - 8} more` : shown.join(', ');
}

function unknown({ partA, partB }: Difference): string {
  const [before, after] = [operators(partA.nodes), operators(partB.nodes)];
  return before === after
    ? `nodes and constants are the same in both models (${before}): onnxruntime computes them differently`
    : `other operators: ${after} against ${before}; together their weights are another function`;
}

const sentences = (causes: readonly Cause[], difference: Difference): string[] =>
  causes.flatMap((cause) => cause(difference)).slice(0, mostSentences);

/** What the weights of the first part would have to be, if the second one is what it was merged into. */
async function afterMerging(model: Model, difference: Difference): Promise<string[]> {
  const merged = await mergePart(model, difference.partA, difference.graphA);
  if (merged?.part.nodes.length !== difference.partB.nodes.length) return [];
  const twins = twinNodes(merged.part, difference.partB);
  const compared = { ...difference, twins, partA: merged.part, graphA: merged.graph };
  const found = sentences([attributes, missingBias, mergedWeights], compared);
  return found.map((sentence) => `${sentence} (the first model: its branches merged)`);
}

/**
 * Likely causes of a difference between two parts in words, the most certain first.
 * @param model the first one
 */
export async function explain(
  model: Model,
  found: Omit<Difference, 'twins'>,
): Promise<readonly string[]> {
  const difference = { ...found, twins: twinNodes(found.partA, found.partB) };
  const stated = sentences(certain, difference);
  if (stated.length > 0) return stated;
  const seen = sentences(likely, difference);
  if (seen.length > 0) return seen;
  const merged = await afterMerging(model, difference);
  return merged.length > 0 ? merged : [unknown(difference)];
}
