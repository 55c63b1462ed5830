import type { Value } from '../../../ir/index.js';
import { elementCount } from '../../../tensor/index.js';
import { mul } from '../../arithmetic.js';
import { reshape } from '../../layout.js';
import { reduceSum } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';
import { channelAffine, otherAxes } from './channel-affine.js';
import { normalize, normalizeGradient } from './normalize.js';

interface Groups {
  /** `[N, groups, elements of a group]`: what is normalized over the last axis. */
  readonly flat: readonly number[];
  /** `[N, scales, …]`: scale and shift hold one number for each index of the second axis. */
  readonly scaled: readonly number[];
}

/** Scales are per channel, but for GroupNormalization before opset 21, where they are per group. */
function groupsOf(view: NodeView): Groups {
  const dims = view.dims(0);
  const [batch = 1, channels = 1, ...spatial] = dims;
  const instance = view.node.opType === 'InstanceNormalization';
  const count = instance ? channels : view.node.int('num_groups', 1);
  const [group, area] = [channels / count, elementCount(spatial)];
  const perChannel = instance || view.builder.opset >= 21;
  return {
    flat: [batch, count, group * area],
    scaled: perChannel ? dims : [batch, count, group, area],
  };
}

/** GroupNormalization and InstanceNormalization (a group for each channel): `y = γ x̂ + β`. */
export const groupNormalization: GradientRule = {
  opTypes: ['GroupNormalization', 'InstanceNormalization'],
  forward(view) {
    const { builder: b, node } = view;
    const { flat, scaled } = groupsOf(view);
    const epsilon = node.float('epsilon', 1e-5);
    const x = normalize(b, reshape(b, view.input(0), flat), [2], epsilon);
    const normal = reshape(b, x.normal, scaled);
    const y = channelAffine(b, normal, view.input(1), view.input(2));
    return {
      outputs: [reshape(b, y, view.dims(0))],
      saved: { normal: x.normal, inverse: x.inverse },
    };
  },
  vjp(view) {
    const { builder: b, cotangent, needs } = view;
    const { flat, scaled } = groupsOf(view);
    const [normal, dy] = [view.saved('normal'), reshape(b, cotangent, scaled)];
    const axes = otherAxes(scaled);
    const dx = (): Value => {
      const g = reshape(b, channelAffine(b, dy, view.input(1), null), flat);
      const inverse = view.saved('inverse');
      return reshape(b, normalizeGradient(b, normal, inverse, g, [2]), view.dims(0));
    };
    const products = (): Value => mul(b, dy, reshape(b, normal, scaled));
    return [
      needs[0] ? dx() : null,
      needs[1] ? reduceSum(b, products(), axes, false) : null,
      needs[2] ? reduceSum(b, dy, axes, false) : null,
    ];
  },
};
