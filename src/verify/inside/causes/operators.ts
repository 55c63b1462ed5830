import { affineOpTypes } from '../../certificate/affine-operators.js';
import type { Cause, Difference } from './cause.js';

/** Operators that move elements about, of which one is easily taken for another. */
const moving = new Set(['Transpose', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'DepthToSpace']);

/** One node of another operator in an otherwise equal part: affine ones may be merged from others. */
export const replaced: Cause = ({ partA, partB }: Difference) => {
  if (partA.nodes.length !== partB.nodes.length) return [];
  const others = partA.nodes.flatMap((node, i) => {
    const twin = partB.nodes[i];
    return twin && twin.opType !== node.opType ? [[node, twin] as const] : [];
  });
  const [only] = others;
  if (!only || others.length > 1) return [];
  const [before, after] = only;
  const sentence = `${after.label} stands for ${before.label} of the first model`;
  if (moving.has(before.opType) && moving.has(after.opType)) {
    return [`${sentence}: the layout of the elements is another one`];
  }
  const affine = affineOpTypes.has(before.opType) && affineOpTypes.has(after.opType);
  return affine ? [] : [sentence];
};
