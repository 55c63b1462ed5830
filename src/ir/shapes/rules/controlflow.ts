import type { Dim, TensorType } from '../../value.js';
import type { NodeContext } from '../context.js';
import { axisIn, join, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const conditional: TypeRule = {
  opTypes: ['If'],
  infer(context) {
    const yes = context.body('then_branch');
    const no = context.body('else_branch');
    const condition = context.scalar(0);
    if (condition !== null) return condition === 0 ? no : yes;
    return yes.map((type, i) => join(type, no[i] ?? null));
  },
};

/** Inputs M, cond, carried...; body inputs iteration, cond, carried...; body outputs cond, carried..., scanned.... */
const loop: TypeRule = {
  opTypes: ['Loop'],
  infer(context) {
    const carried = context.node.inputs.slice(2).map((_, i) => context.type(i + 2));
    // The shape of a carried value may change from one iteration to the next.
    const fed = carried.map((type) => type && typed(type.dtype, null));
    const results = context.body('body', [typed('int64', null), typed('bool', null), ...fed]);
    return results
      .slice(1)
      .map((type, i) => (i < carried.length ? join(type, carried[i] ?? null) : stacked(type, 0)));
  },
};

/** The type of outputs of all iterations laid along a new axis, which may be counted from the back. */
function stacked(type: TensorType | null, axis: number, length: Dim = null): TensorType | null {
  if (!type?.shape) return type;
  const at = axisIn(axis, type.shape.length + 1);
  return typed(type.dtype, at === null ? null : type.shape.toSpliced(at, 0, length));
}

/** The type of one slice of a scanned input. */
function sliced(type: TensorType | null, axis: number): TensorType | null {
  if (!type?.shape) return type;
  const at = axisIn(axis, type.shape.length);
  return typed(type.dtype, at === null ? null : type.shape.toSpliced(at, 1));
}

function scannedLength(context: NodeContext, states: number, axes: readonly number[]): Dim {
  const lengths = axes.map((axis, i): Dim => {
    const shape = context.shape(states + i);
    const at = shape && axisIn(axis, shape.length);
    return at === null ? null : (shape?.[at] ?? null);
  });
  return lengths.find((length) => typeof length === 'number') ?? lengths[0] ?? null;
}

/** Inputs states..., scanned...; states keep their shape from one iteration to the next. */
const scan: TypeRule = {
  opTypes: ['Scan'],
  infer(context) {
    const { node, opset } = context;
    const scans = node.int('num_scan_inputs', 0);
    const states = context.inputCount - scans;
    // Scan-8 has another signature (a leading batch axis and sequence lengths).
    if (opset < 9 || scans < 0 || states < 0) return context.body('body').map(() => null);
    const types = node.inputs.map((_, i) => context.type(i));
    const inputAxes = types.slice(states).map((_, i) => node.ints('scan_input_axes')?.[i] ?? 0);
    const fed = types.map((type, i) =>
      i < states ? type : sliced(type, inputAxes[i - states] ?? 0),
    );
    const length = scannedLength(context, states, inputAxes);
    const outputAxes = node.ints('scan_output_axes') ?? [];
    return context
      .body('body', fed)
      .map((type, i) =>
        i < states ? (types[i] ?? null) : stacked(type, outputAxes[i - states] ?? 0, length),
      );
  },
};

export const controlflowRules: readonly TypeRule[] = [conditional, loop, scan];
