import { float, type Value } from '../../../ir/index.js';
import { Tensor } from '../../../tensor/index.js';
import { keyword } from '../read/fields.js';
import type { Constant, NetworkWriter, Signal } from '../writer.js';
import { align, map } from './elementwise.js';

type Activation = (writer: NetworkWriter, x: Signal) => Signal;

/** An ONNX operator that does it as it is. */
const operator =
  (opType: string, attributes: Readonly<Record<string, number>> = {}): Activation =>
  (writer, x) =>
    map(x, (value) =>
      writer.op(
        opType,
        [value],
        Object.fromEntries(Object.entries(attributes).map(([name, a]) => [name, float(a)])),
      ),
    );

const number = (writer: NetworkWriter, value: number): Value =>
  writer.fixed(Tensor.scalar('float32', value));

/** max(x, 0), and no more than `most`. */
export const clippedRelu =
  (most: number): Activation =>
  (writer, x) =>
    map(x, (value) => writer.op('Clip', [value, number(writer, 0), number(writer, most)]));

export const leakyRelu = (alpha: number): Activation => operator('LeakyRelu', { alpha });

/** Exponentials along an axis over their sum (Softmax), or the logarithm of that (LogSoftmax). */
export const softmax =
  (axis: number, opType: 'Softmax' | 'LogSoftmax' = 'Softmax'): Activation =>
  (writer, x) =>
    map(x, (value) => writer.op(opType, [value], { axis: writer.axis(x, axis) }));

/** x·f(x) */
const gated =
  (gate: (writer: NetworkWriter, value: Value) => Value): Activation =>
  (writer, x) =>
    map(x, (value) => writer.op('Mul', [value, gate(writer, value)]));

/** ½(1 + erf(x/√2)) */
function normalShare(writer: NetworkWriter, x: Value): Value {
  const erf = writer.op('Erf', [writer.op('Mul', [x, number(writer, Math.SQRT1_2)])]);
  return writer.op('Mul', [writer.op('Add', [erf, number(writer, 1)]), number(writer, 0.5)]);
}

/** ½(1 + tanh(√(2/π)(x + 0.044715x³))) */
function tanhShare(writer: NetworkWriter, x: Value): Value {
  const times = (a: Value, factor: number): Value => writer.op('Mul', [a, number(writer, factor)]);
  const square = writer.op('Mul', [x, x]);
  const cube = times(writer.op('Mul', [square, x]), 0.044715);
  const inner = times(writer.op('Add', [x, cube]), Math.sqrt(2 / Math.PI));
  const tanh = writer.op('Tanh', [inner]);
  return times(writer.op('Add', [tanh, number(writer, 1)]), 0.5);
}

const mishGate = (writer: NetworkWriter, x: Value): Value =>
  writer.op('Tanh', [writer.op('Softplus', [x])]);

const swish = gated((writer, x) => writer.op('Sigmoid', [x]));

/** Activations without parameters, by their names in TensorFlow.js and Keras, as {@link keyword} spells them. */
const activations: Readonly<Record<string, Activation>> = {
  linear: (_, x) => x,
  relu: operator('Relu'),
  relu6: clippedRelu(6),
  elu: operator('Elu'),
  selu: operator('Selu', { alpha: 1.6732632423543772, gamma: 1.0507009873554805 }),
  sigmoid: operator('Sigmoid'),
  hardsigmoid: operator('HardSigmoid', { alpha: 0.2, beta: 0.5 }),
  tanh: operator('Tanh'),
  softplus: operator('Softplus'),
  softsign: operator('Softsign'),
  softmax: softmax(-1),
  logsoftmax: softmax(-1, 'LogSoftmax'),
  swish,
  silu: swish,
  mish: gated(mishGate),
  gelu: gated(normalShare),
  gelunew: gated(tanhShare),
};

/** @throws ReparamError for a name that stands for no activation. */
export function activate(writer: NetworkWriter, x: Signal, name: string): Signal {
  const activation = activations[keyword(name)];
  if (activation) return activation(writer, x);
  throw writer.fault(
    `has the activation '${name}', which cannot be imported`,
    `activations are ${Object.keys(activations).join(', ')}`,
  );
}

/** x where it is positive, slope·x elsewhere (PRelu); the slope broadcasts. */
export function prelu(writer: NetworkWriter, x: Signal, slope: Constant): Signal {
  const { values, channelsFirst } = align(writer, [x, slope]);
  return { value: writer.op('PRelu', values), channelsFirst };
}

/** x where it is above the threshold, 0 elsewhere (ThresholdedRelu). */
export const thresholdedRelu = (theta: number): Activation =>
  operator('ThresholdedRelu', { alpha: theta });
