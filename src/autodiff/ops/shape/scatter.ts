import { inputError } from '../../../errors.js';
import type { Value } from '../../../ir/index.js';
import { filled } from '../../arithmetic.js';
import type { GradientRule } from '../../rule.js';
import type { VjpView } from '../../view.js';

/** Whether updates are added to what they meet; else they replace it. @throws ReparamError for other reductions. */
function adds({ node }: VjpView): boolean {
  const reduction = node.string('reduction', 'none');
  if (reduction === 'none' || reduction === 'add') return reduction === 'add';
  throw inputError(`${node.label} has no gradient with the reduction '${reduction}'`, {
    at: node.label,
    hint: 'freeze what lies before it with --freeze PATTERN, so that no gradient has to pass',
  });
}

/** What was overwritten gets no gradient; every update gets the cotangent of its place. */
function scattered(
  view: VjpView,
  gathered: (indices: Value) => Value,
  written: (indices: Value, zeros: Value) => Value,
): (Value | null)[] {
  const { builder: b, cotangent, needs } = view;
  const [indices, added] = [view.input(1), adds(view)];
  const kept = (): Value =>
    added ? cotangent : written(indices, filled(b, view.dims(2), 0, cotangent));
  return [needs[0] ? kept() : null, null, needs[2] ? gathered(indices) : null];
}

/** ScatterElements. Of several updates of one place each gets the whole cotangent. */
export const scatterElements: GradientRule = {
  opTypes: ['ScatterElements'],
  vjp(view) {
    const { builder: b, node, cotangent } = view;
    const axis = node.int('axis', 0);
    return scattered(
      view,
      (indices) => b.op('GatherElements', [cotangent, indices], { axis }),
      (indices, zeros) => b.op('ScatterElements', [cotangent, indices, zeros], { axis }),
    );
  },
};

/** ScatterND: the same for slices. */
export const scatterNd: GradientRule = {
  opTypes: ['ScatterND'],
  vjp(view) {
    const { builder: b, cotangent } = view;
    return scattered(
      view,
      (indices) => b.op('GatherND', [cotangent, indices]),
      (indices, zeros) => b.op('ScatterND', [cotangent, indices, zeros]),
    );
  },
};
