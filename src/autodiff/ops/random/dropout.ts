import type { Value } from '../../../ir/index.js';
import { dataTypes, Tensor } from '../../../tensor/index.js';
import { mul, times } from '../../arithmetic.js';
import type { Forward, GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';
import { uniform } from './uniform.js';

/** The share of elements that become zero. */
const ratioOf = (view: NodeView): number => view.numbers(1)?.[0] ?? 0.5;

/** Dropout drops when its third operand says so. */
const drops = (view: NodeView): boolean => (view.integers(2)?.[0] ?? 0) !== 0 && ratioOf(view) > 0;

/**
 * `y = x · mask / (1 − ratio)`. The mask follows from a graph input, so that a resumed training goes on with the masks
 * that it would have had: the random operators begin anew in every session.
 */
function drop(view: NodeView): Forward {
  const { builder: b, node } = view;
  const [x, ratio] = [view.input(0), ratioOf(view)];
  const noise = uniform(b, view.dims(0), `${node.name || node.outputs[0]?.name}.noise`);
  const keeps = b.op('Less', [noise, b.scalar(1 - ratio, noise)]);
  const kept = b.op('Cast', [keeps], { to: dataTypes[b.dtype(x)].code });
  const mask = ratio < 1 ? times(b, kept, 1 / (1 - ratio)) : kept;
  return { outputs: [mul(b, x, mask), keeps], saved: { mask } };
}

/** Dropout that is switched off: what goes in comes out. */
function pass(view: NodeView): Forward {
  const { builder: b, node } = view;
  const dims = view.dims(0);
  const all = (): Value => {
    const one = Tensor.fromNumbers('bool', Array(dims.length).fill(1), [1]);
    return b.op('Expand', [b.constant(one), b.int64s(dims)]);
  };
  return { outputs: [view.input(0), node.outputs[1] ? all() : null] };
}

/** Dropout: `dx = dy · mask / (1 − ratio)`. */
export const dropout: GradientRule = {
  opTypes: ['Dropout'],
  forward: (view) => (drops(view) ? drop(view) : pass(view)),
  vjp(view) {
    const { builder: b, cotangent } = view;
    return [drops(view) ? mul(b, cotangent, view.saved('mask')) : cotangent];
  },
};
