import type { Model, Node, Value } from '../../ir/index.js';
import type { SessionOptions } from '../../runtime/index.js';
import { isFloat, type Tensor } from '../../tensor/index.js';
import { compareTensors, exact, obstacle } from '../compare/compare.js';
import type { Part } from './parts.js';
import { runExposing } from './whole-runs.js';

/** Values of two models this close, relative to the largest element, are the same. */
const same = 1e-4;

function agree(x: Tensor, y: Tensor): boolean {
  if (obstacle(x, y) !== null || !isFloat(x.dtype) || x.size === 0) return false;
  const { maxRelative, nonFinite } = compareTensors(x, y, exact);
  return maxRelative < same && nonFinite === 0;
}

/** A value inside a part that is what the end of another part should be. */
export interface EqualInside {
  readonly value: Value;
  /** Nodes of the part that come after it. */
  readonly nodesBehind: number;
}

/** Finds the last value inside a part that equals `wanted` when the whole model runs. */
export async function equalInside(
  model: Model,
  part: Part,
  inputs: ReadonlyMap<string, Tensor>,
  wanted: Tensor | undefined,
  options: SessionOptions,
): Promise<EqualInside | null> {
  const inner = part.nodes.flatMap((node) => node.results).filter((v) => v !== part.output);
  if (inner.length === 0 || !wanted) return null;
  const [results] = await runExposing(model, inner, [inputs], options);
  const value = inner.findLast((candidate) => {
    const tensor = results?.get(candidate.name);
    return tensor !== undefined && agree(wanted, tensor);
  });
  if (!value) return null;
  const at = part.nodes.indexOf(value.producer as Node);
  return { value, nodesBehind: part.nodes.length - 1 - at };
}

/** In words, for a model that lacks what the other one does behind a value. */
export function truncationText({ value, nodesBehind }: EqualInside, model: 'first' | 'second') {
  const other = model === 'first' ? 'second' : 'first';
  const nodes = nodesBehind === 1 ? 'node' : `${nodesBehind} nodes`;
  return `it equals '${value.name}' of the ${model} model: the ${nodes} behind that ${nodesBehind === 1 ? 'is' : 'are'} missing in the ${other} one`;
}
