import type { DataType } from '../../../tensor/index.js';
import type { Part } from '../parts.js';
import type { VaryingGraph } from '../varying.js';
import type { Cause, Difference } from './cause.js';

const coarse: readonly DataType[] = ['float16', 'bfloat16'];

/** The node that first computes in a 16-bit type, and that type. */
function firstCoarse(
  { nodes }: Part,
  { types }: VaryingGraph,
): { readonly label: string; readonly dtype: DataType } | null {
  for (const node of nodes) {
    for (const result of node.results) {
      const dtype = types.of(result)?.dtype;
      if (dtype && coarse.includes(dtype)) return { label: node.label, dtype };
    }
  }
  return null;
}

/** Values of a 16-bit type in one model alone. */
export const precision: Cause = ({ partA, partB, graphA, graphB }: Difference) => {
  const [first, second] = [firstCoarse(partA, graphA), firstCoarse(partB, graphB)];
  if (first && !second) return [`${first.label} of the first model computes in ${first.dtype}`];
  if (second && !first) return [`${second.label} of the second model computes in ${second.dtype}`];
  return [];
};
