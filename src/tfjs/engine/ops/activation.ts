import { type Call, rule, type TfRule } from '../call.js';
import type { Tf, TfTensor } from '../tf.js';
import { broadcasted } from './layout.js';

const unary = (opType: string, run: (tf: Tf, x: TfTensor, call: Call) => TfTensor): TfRule =>
  rule(opType, (call) => run(call.tf, call.input(0), call));

/** `max(0, min(1, αx + β))` */
const hardSigmoid = (tf: Tf, x: TfTensor, alpha: number, beta: number): TfTensor =>
  tf.clipByValue(tf.add(tf.mul(x, alpha), beta), 0, 1);

/** Runs what works along the last axis alone along another one. */
function alongLast(call: Call, run: (x: TfTensor) => TfTensor): TfTensor {
  const { tf } = call;
  const [x, axis] = [call.input(0), call.axis(-1)];
  if (axis === x.rank - 1) return run(x);
  const swapped = x.shape.map((_, i) => (i === axis ? x.rank - 1 : i === x.rank - 1 ? axis : i));
  return tf.transpose(run(tf.transpose(x, swapped)), swapped);
}

/** Clip, whose limits are operands. */
function clip(call: Call): TfTensor {
  const [x, least, most] = call.inputs;
  const { tf } = call;
  const raised = least ? tf.maximum(...broadcasted(tf, call.input(0), least)) : (x as TfTensor);
  return most ? tf.minimum(...broadcasted(tf, raised, most)) : raised;
}

/** Clip with limits that are known, whose gradient at the limits themselves is that of the operand. */
function clipBy(call: Call): TfTensor {
  const [least, most] = [call.numbers(1)?.[0], call.numbers(2)?.[0]];
  if (least === undefined || most === undefined) return clip(call);
  return call.tf.clipByValue(call.input(0), least, most);
}

function gelu(tf: Tf, x: TfTensor, { node }: Call): TfTensor {
  const inner =
    node.string('approximate', 'none') === 'tanh'
      ? tf.tanh(
          tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI)),
        )
      : tf.erf(tf.mul(x, Math.SQRT1_2));
  return tf.mul(tf.mul(x, 0.5), tf.add(inner, 1));
}

/** Operators that bend. */
export const activations: readonly TfRule[] = [
  unary('Relu', (tf, x) => tf.relu(x)),
  unary('LeakyRelu', (tf, x, { node }) => tf.leakyRelu(x, node.float('alpha', 0.01))),
  unary('Elu', (tf, x, call) =>
    call.node.float('alpha', 1) === 1 ? tf.elu(x) : call.refuse('has an alpha other than 1'),
  ),
  unary('Sigmoid', (tf, x) => tf.sigmoid(x)),
  unary('Tanh', (tf, x) => tf.tanh(x)),
  unary('Softplus', (tf, x) => tf.softplus(x)),
  unary('Mish', (tf, x) => tf.mul(x, tf.tanh(tf.softplus(x)))),
  unary('Gelu', gelu),
  unary('HardSigmoid', (tf, x, { node }) =>
    hardSigmoid(tf, x, node.float('alpha', 0.2), node.float('beta', 0.5)),
  ),
  unary('HardSwish', (tf, x) => tf.mul(x, hardSigmoid(tf, x, 1 / 6, 0.5))),
  rule('Clip', clipBy),
  rule('PRelu', (call) => call.tf.prelu(call.input(0), call.input(1))),
  rule('Softmax', (call) => alongLast(call, (x) => call.tf.softmax(x))),
  rule('LogSoftmax', (call) => alongLast(call, (x) => call.tf.logSoftmax(x))),
];
