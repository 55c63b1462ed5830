import type { Value } from '../../../ir/index.js';
import { add, mul, square, times, total } from '../../arithmetic.js';
import { expand } from '../../layout.js';
import { allAxes, sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView, VjpView } from '../../view.js';
import { normalize, normalizeGradient } from './normalize.js';

function normalizedAxes(view: NodeView): number[] {
  const rank = view.dims(0).length;
  return allAxes(rank).slice(view.axis(-1));
}

/** What the loss owes to each result: `dy` by way of x̂, `dMean / n`, and `−d(1/σ) · x̂ / (n σ²)`. */
function inputGradient(view: VjpView): Value | null {
  const { builder: b, cotangents } = view;
  const [dy, dMean, dInverse] = cotangents;
  const [normal, inverse] = [view.saved('normal'), view.saved('inverse')];
  const count = b.size(normal) / b.size(inverse);
  const parts: Value[] = [];
  if (dy) {
    const g = mul(b, dy, view.input(1));
    parts.push(normalizeGradient(b, normal, inverse, g, normalizedAxes(view)));
  }
  if (dMean) parts.push(expand(b, times(b, dMean, 1 / count), view.dims(0)));
  if (dInverse) {
    const share = times(b, mul(b, dInverse, square(b, inverse)), -1 / count);
    parts.push(mul(b, normal, share));
  }
  const [first, ...others] = parts;
  return first ? total(b, [first, ...others]) : null;
}

/** LayerNormalization: `y = γ x̂ + β`, with the mean and 1/σ as further results. */
export const layerNormalization: GradientRule = {
  opTypes: ['LayerNormalization'],
  // In plain operators: it runs on every device, and the variance does not cancel.
  forward(view) {
    const { builder: b, node } = view;
    const epsilon = node.float('epsilon', 1e-5);
    const x = normalize(b, view.input(0), normalizedAxes(view), epsilon);
    const scaled = mul(b, x.normal, view.input(1));
    const y = view.has(2) ? add(b, scaled, view.input(2)) : scaled;
    return {
      outputs: [y, x.mean, x.inverse],
      saved: { normal: x.normal, inverse: x.inverse },
    };
  },
  vjp(view) {
    const { builder: b, cotangents, needs } = view;
    const [dy] = cotangents;
    return [
      needs[0] ? inputGradient(view) : null,
      needs[1] && dy ? sumTo(b, mul(b, dy, view.saved('normal')), view.dims(1)) : null,
      needs[2] && dy ? sumTo(b, dy, view.dims(2)) : null,
    ];
  },
};
