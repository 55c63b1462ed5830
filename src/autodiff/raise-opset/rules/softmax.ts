import { int, Node, type Value } from '../../../ir/index.js';
import type { RaiseContext, RaiseRule } from '../rule.js';

/** Whether all elements from `axis` on lie along one axis: then the axis alone says the same. */
function lastAxis(context: RaiseContext, x: Value, axis: number): number | null {
  const shape = context.types.of(x)?.shape;
  if (axis === -1) return -1;
  if (!shape) return null;
  const first = axis < 0 ? axis + shape.length : axis;
  const rest = shape.slice(first + 1);
  return rest.every((length) => length === 1) ? first : null;
}

/**
 * Softmax, LogSoftmax and Hardmax were over all axes from `axis` on, which was 1 by default; now they are over one axis:
 * `x → Flatten → Softmax → Reshape`.
 */
export const softmax: RaiseRule = {
  opTypes: ['Softmax', 'LogSoftmax', 'Hardmax'],
  since: 13,
  raise(context) {
    const { node } = context;
    const [x, axis] = [context.input(0), node.int('axis', 1)];
    if (!x) throw context.refusal('it lacks its operand');
    const along = (value: number) => ({
      without: ['axis'],
      attributes: [['axis', int(value)] as const],
    });
    const single = lastAxis(context, x, axis);
    if (single !== null) return [context.again([x], along(single))];
    const [flat, result, shape] = ['flat', 'result', 'shape'].map((name) =>
      context.value(`${node.results[0]?.name}_${name}`),
    ) as [Value, Value, Value];
    return [
      new Node('Flatten', [x], [flat], { attributes: [['axis', int(axis)]] }),
      context.again([flat], { ...along(-1), outputs: [result] }),
      new Node('Shape', [x], [shape]),
      new Node('Reshape', [result, shape], node.outputs),
    ];
  },
};
