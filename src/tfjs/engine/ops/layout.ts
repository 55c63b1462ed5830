import type { Tf, TfTensor } from '../tf.js';

/** `x` with more around it; negative numbers crop. */
export function padded(
  tf: Tf,
  x: TfTensor,
  begins: readonly number[],
  ends: readonly number[],
  value = 0,
): TfTensor {
  const start = begins.map((amount) => Math.max(0, -amount));
  const size = x.shape.map(
    (length, axis) => length - (start[axis] as number) - Math.max(0, -(ends[axis] as number)),
  );
  const isCropped = size.some((length, axis) => length !== x.shape[axis]);
  const cropped = isCropped ? tf.slice(x, start, size) : x;
  const around = begins.map((amount, axis): [number, number] => [
    Math.max(0, amount),
    Math.max(0, ends[axis] as number),
  ]);
  return around.every(([begin, end]) => begin === 0 && end === 0)
    ? cropped
    : tf.pad(cropped, around, value);
}

/** `count` elements of an axis, `step` apart from `start` on; backwards where the step is negative. */
export function strided(
  tf: Tf,
  x: TfTensor,
  axis: number,
  { start, count, step }: { start: number; count: number; step: number },
): TfTensor {
  if (step < 0) {
    const mirrored = { start: (x.shape[axis] as number) - 1 - start, count, step: -step };
    return strided(tf, tf.reverse(x, axis), axis, mirrored);
  }
  const zeros = x.shape.map(() => 0);
  const length = Math.max(0, (count - 1) * step + 1);
  const taken = tf.slice(x, zeros.with(axis, start), x.shape.with(axis, length));
  if (step === 1 || count === 0) return taken;
  // TensorFlow.js cannot differentiate its own strided slice: whole rows of one step, and the first of each.
  const whole = padded(tf, taken, zeros, zeros.with(axis, count * step - length));
  const rows = tf.reshape(whole, x.shape.toSpliced(axis, 1, count, step));
  const firsts = tf.slice(
    rows,
    rows.shape.map(() => 0),
    rows.shape.with(axis + 1, 1),
  );
  return tf.reshape(firsts, x.shape.with(axis, count));
}

/**
 * Both repeated to the lengths that they broadcast to: TensorFlow.js forgets to add up again in some of its gradients.
 * @param fixed how many axes at the end stay as they are
 */
export function broadcasted(tf: Tf, x: TfTensor, y: TfTensor, fixed = 0): [TfTensor, TfTensor] {
  const rank = Math.max(x.rank, y.rank);
  const lead = (t: TfTensor): number[] => {
    const own = t.shape.slice(0, t.rank - fixed);
    return [...Array<number>(rank - t.rank).fill(1), ...own];
  };
  const [mine, theirs] = [lead(x), lead(y)];
  const common = mine.map((length, axis) => (length === 1 ? (theirs[axis] as number) : length));
  return [x, y].map((t) => tf.broadcastTo(t, [...common, ...t.shape.slice(t.rank - fixed)])) as [
    TfTensor,
    TfTensor,
  ];
}

/** `[N, C, H, W]` to `[N, H, W, C]`, in which TensorFlow convolves on the CPU. */
export const toLast = (tf: Tf, x: TfTensor): TfTensor => tf.transpose(x, [0, 2, 3, 1]);
export const toSecond = (tf: Tf, x: TfTensor): TfTensor => tf.transpose(x, [0, 3, 1, 2]);
