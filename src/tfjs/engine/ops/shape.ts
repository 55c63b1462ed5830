import { type Call, rule, type TfRule } from '../call.js';
import type { TfTensor } from '../tf.js';
import { padded, strided } from './layout.js';

/** All lengths are known, so that whatever only renames axes is a reshape. */
const reshaped = (call: Call): TfTensor => call.tf.reshape(call.input(0), [...call.resultDims()]);

function transpose(call: Call): TfTensor {
  const x = call.input(0);
  const backwards = x.shape.map((_, axis) => x.rank - 1 - axis);
  return call.tf.transpose(x, [...(call.node.ints('perm') ?? backwards)]);
}

function slice(call: Call): TfTensor {
  const { tf } = call;
  const x = call.input(0);
  const starts = call.numbers(1) ?? [];
  const axes = call.numbers(3) ?? starts.map((_, i) => i);
  const steps = call.numbers(4) ?? starts.map(() => 1);
  return starts.reduce((rest, given, i) => {
    const axis = call.fromFront(axes[i] as number);
    const [length, step] = [x.shape[axis] as number, steps[i] as number];
    const fromFront = given < 0 ? given + length : given;
    const start = Math.min(Math.max(fromFront, 0), step > 0 ? length : length - 1);
    const count = call.resultDims()[axis] as number;
    return count === length && step === 1 ? rest : strided(tf, rest, axis, { start, count, step });
  }, x);
}

function pad(call: Call): TfTensor {
  const { tf, node } = call;
  const x = call.input(0);
  if (node.string('mode', 'constant') !== 'constant')
    call.refuse('repeats its operand at the border');
  const amounts = call.numbers(1) ?? [];
  const axes = call.numbers(3) ?? x.shape.map((_, axis) => axis);
  const [begins, ends] = [x.shape.map(() => 0), x.shape.map(() => 0)];
  axes.forEach((given, i) => {
    const axis = call.fromFront(given);
    begins[axis] = amounts[i] as number;
    ends[axis] = amounts[i + axes.length] as number;
  });
  return padded(tf, x, begins, ends, call.numbers(2)?.[0] ?? 0);
}

function split(call: Call): TfTensor[] {
  const axis = call.axis(0);
  const lengths = call.node.outputs.map((_, i) => call.resultDims(i)[axis] as number);
  return call.tf.split(call.input(0), lengths, axis);
}

function gather(call: Call): TfTensor {
  const { tf } = call;
  const [x, axis] = [call.input(0), call.axis(0)];
  const length = x.shape[axis] as number;
  const indices = (call.numbers(1) ?? []).map((i) => (i < 0 ? i + length : i));
  const taken = tf.gather(x, tf.tensor1d(indices, 'int32'), axis);
  return tf.reshape(taken, [...call.resultDims()]);
}

/** Dropout that is switched off: where it drops, its results are given. */
const dropout = (call: Call): TfTensor =>
  (call.numbers(2)?.[0] ?? 0) === 0 ? call.tf.clone(call.input(0)) : call.refuse('drops at random');

/** Operators that move elements. */
export const shapes: readonly TfRule[] = [
  { opTypes: ['Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Identity'], run: reshaped },
  { opTypes: ['Split'], run: split },
  rule('Transpose', transpose),
  rule('Concat', (call) => call.tf.concat(call.operands, call.axis(0))),
  rule('Slice', slice),
  rule('Pad', pad),
  rule('Expand', (call) => call.tf.broadcastTo(call.input(0), [...call.resultDims()])),
  rule('Gather', gather),
  rule('Dropout', dropout),
];
