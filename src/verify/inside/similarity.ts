import type { Attribute, Node } from '../../ir/index.js';
import { isFloat, type Tensor } from '../../tensor/index.js';
import { statedConstant } from './constants.js';

/** Elements of a constant that are looked at. */
const sampleSize = 256;

/** True for equal attributes; graphs and kinds that nothing reads count as equal to others of their kind. */
export function sameAttribute(a: Attribute | undefined, b: Attribute | undefined): boolean {
  if (a === undefined || b === undefined || a.kind !== b.kind) return a === b;
  switch (a.kind) {
    case 'tensor':
      return b.kind === 'tensor' && a.value.equals(b.value);
    case 'tensors':
    case 'graph':
    case 'graphs':
    case 'other':
      return true;
    default:
      return JSON.stringify(a.value) === JSON.stringify(b.value);
  }
}

/** Share of sampled elements that are close: 1 for equal constants. */
function closeness(a: Tensor, b: Tensor): number {
  if (a.dims.join() !== b.dims.join()) return -1;
  if (!isFloat(a.dtype) || !isFloat(b.dtype) || a.size === 0) return a.equals(b) ? 1 : 0;
  const [x, y] = [a.toFloats(), b.toFloats()];
  const step = Math.max(1, Math.floor(a.size / sampleSize));
  let close = 0;
  let seen = 0;
  for (let i = 0; i < a.size; i += step, seen++) {
    const [p, q] = [x[i] as number, y[i] as number];
    if (Math.abs(p - q) <= 0.01 * Math.abs(p)) close++;
  }
  return close / seen;
}

/** How alike two nodes of the same operator are: more for every equal attribute and constant. */
export function similarity(a: Node, b: Node): number {
  let score = 0;
  for (const [name, attribute] of a.attributes) {
    if (sameAttribute(attribute, b.attributes.get(name))) score++;
  }
  for (const [i, input] of a.inputs.entries()) {
    const [x, y] = [statedConstant(input), statedConstant(b.inputs[i])];
    if (x && y) score += 1 + closeness(x, y);
    // A weight that the graph computes is none that the file states.
    else if (x || y) score--;
  }
  return score;
}
