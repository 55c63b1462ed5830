import type { Call, TfRule } from '../call.js';
import type { TfTensor } from '../tf.js';

/** All axes but that of the channels. */
const axesOf = (x: TfTensor): number[] => x.shape.map((_, axis) => axis).filter((a) => a !== 1);

/** `[C]` as it broadcasts to `[N, C, …]`. */
const perChannel = ({ tf }: Call, x: TfTensor, channels: TfTensor): TfTensor =>
  tf.reshape(
    channels,
    x.shape.map((length, axis) => (axis === 1 ? length : 1)),
  );

/** `γ (x − mean) / √(variance + ε) + β` */
function normalized(call: Call, centred: TfTensor, variance: TfTensor): TfTensor {
  const { tf, node } = call;
  const [gamma, beta] = [1, 2].map((i) => perChannel(call, centred, call.input(i))) as [
    TfTensor,
    TfTensor,
  ];
  const scale = tf.mul(gamma, tf.rsqrt(tf.add(variance, node.float('epsilon', 1e-5))));
  return tf.add(tf.mul(centred, scale), beta);
}

/** `momentum · running + (1 − momentum) · current` */
function moved({ tf, node }: Call, running: TfTensor, current: TfTensor): TfTensor {
  // The attribute is a float32, and 1 − momentum would magnify how far it is from what was meant.
  const momentum = Number(node.float('momentum', 0.9).toPrecision(7));
  return tf.add(
    tf.mul(running, momentum),
    tf.mul(tf.reshape(current, running.shape), 1 - momentum),
  );
}

/** With the batch's own statistics; the running variance takes the unbiased estimate, as PyTorch does. */
function train(call: Call): TfTensor[] {
  const { tf } = call;
  const x = call.input(0);
  const count = x.size / (x.shape[1] as number);
  const mean = tf.mean(x, axesOf(x), true);
  const centred = tf.sub(x, mean);
  const variance = tf.mean(tf.square(centred), axesOf(x), true);
  const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
  return [
    normalized(call, centred, variance),
    moved(call, call.input(3), mean),
    moved(call, call.input(4), unbiased),
  ];
}

function infer(call: Call): TfTensor {
  const x = call.input(0);
  const [mean, variance] = [3, 4].map((i) => perChannel(call, x, call.input(i))) as [
    TfTensor,
    TfTensor,
  ];
  return normalized(call, call.tf.sub(x, mean), variance);
}

/** BatchNormalization in both modes. */
export const normalizations: readonly TfRule[] = [
  {
    opTypes: ['BatchNormalization'],
    run: (call) => (call.node.int('training_mode', 0) !== 0 ? train(call) : infer(call)),
  },
];
