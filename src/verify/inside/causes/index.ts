import type { PartAnswer } from '../probe-parts.js';
import { attributes } from './attributes.js';
import { type Cause, type Difference, twinNodes } from './cause.js';
import { border, channelwise, layout, permutedChannels, shifted } from './pattern.js';
import { precision } from './precision.js';
import { trainingMode } from './training.js';
import { missingBias, roundedConstants, weights } from './weights.js';

/** What the files say is certain. */
const certain: readonly Cause[] = [trainingMode, precision, attributes, missingBias, weights];

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

/** Likely causes of a difference between two parts in words, the most certain first. */
export function explain(
  found: Omit<Difference, 'twins'> & Pick<PartAnswer, 'comparison'>,
): string[] {
  const difference = { ...found, twins: twinNodes(found.partA, found.partB) };
  for (const causes of [certain, likely]) {
    const sentences = causes.flatMap((cause) => cause(difference));
    if (sentences.length > 0) return sentences.slice(0, mostSentences);
  }
  return [unknown(difference)];
}
