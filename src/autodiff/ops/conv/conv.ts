import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';
import { channelAffine } from '../normalization/channel-affine.js';
import { channelSums } from '../normalization/channel-sums.js';
import { type ConvGeometry, convGeometry } from './geometry.js';
import { inputGradient } from './input-gradient.js';
import { isUnrolled, unrolledConv } from './unrolled.js';
import { weightGradient } from './weight-gradient/index.js';

const geometryOf = (view: NodeView): ConvGeometry =>
  convGeometry(view.node, view.dims(0), view.dims(1));

/** Conv: `y = x ∗ w + bias`, linear in each operand. */
export const conv: GradientRule = {
  opTypes: ['Conv'],
  forward(view) {
    const { builder: b } = view;
    const geometry = geometryOf(view);
    if (!isUnrolled(geometry)) return null;
    const result = unrolledConv(b, view.input(0), view.input(1), geometry);
    return { outputs: [channelAffine(b, result, null, view.has(2) ? view.input(2) : null)] };
  },
  vjp(view) {
    const { builder: b, cotangent, needs } = view;
    const [x, w] = [view.input(0), view.input(1)];
    const geometry = geometryOf(view);
    return [
      needs[0] ? inputGradient(b, cotangent, w, geometry) : null,
      needs[1] ? weightGradient(b, x, cotangent, geometry) : null,
      needs[2] ? channelSums(b, 'ReduceSum', cotangent) : null,
    ];
  },
};
