import { activate, leakyRelu as leaky, prelu as parametric } from '../operators/activation.js';
import { elementwise, map, perChannel } from '../operators/elementwise.js';
import type { OpRule } from './call.js';

/** Operators of one operand by their ONNX names. */
const unaryOps: Readonly<Record<string, string>> = {
  Abs: 'Abs',
  Ceil: 'Ceil',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Sqrt: 'Sqrt',
};

export const unary: OpRule = {
  ops: Object.keys(unaryOps),
  write: (call) =>
    map(call.signal(0), (value) => call.writer.op(unaryOps[call.op] ?? call.op, [value])),
};

/** Operators of two or more operands that broadcast. */
const binaryOps: Readonly<Record<string, string>> = {
  Add: 'Add',
  AddV2: 'Add',
  AddN: 'Add',
  Sub: 'Sub',
  Mul: 'Mul',
  Div: 'Div',
  RealDiv: 'Div',
  Maximum: 'Max',
  Minimum: 'Min',
  Pow: 'Pow',
};

export const binary: OpRule = {
  ops: Object.keys(binaryOps),
  write: (call) => elementwise(call.writer, binaryOps[call.op] ?? call.op, call.operands()),
};

export const square: OpRule = {
  ops: ['Square'],
  write: (call) => map(call.signal(0), (value) => call.writer.op('Mul', [value, value])),
};

export const rsqrt: OpRule = {
  ops: ['Rsqrt'],
  write: (call) =>
    map(call.signal(0), (value) => call.writer.op('Reciprocal', [call.writer.op('Sqrt', [value])])),
};

export const squaredDifference: OpRule = {
  ops: ['SquaredDifference'],
  write: (call) =>
    map(elementwise(call.writer, 'Sub', call.operands()), (value) =>
      call.writer.op('Mul', [value, value]),
    ),
};

export const biasAdd: OpRule = {
  ops: ['BiasAdd'],
  write(call) {
    const x = call.signal(0);
    const rank = call.writer.shape(x).length;
    const bias = perChannel(call.constant(1), rank, call.channelsLast);
    return elementwise(call.writer, 'Add', [x, bias]);
  },
};

export const activation: OpRule = {
  ops: ['Relu', 'Relu6', 'Elu', 'Selu', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Softmax'],
  write: (call) => activate(call.writer, call.signal(0), call.op),
};

export const logSoftmax: OpRule = {
  ops: ['LogSoftmax'],
  write: (call) => activate(call.writer, call.signal(0), 'logSoftmax'),
};

export const leakyRelu: OpRule = {
  ops: ['LeakyRelu'],
  write: (call) => leaky(call.attributes.number('alpha', 0.2))(call.writer, call.signal(0)),
};

export const prelu: OpRule = {
  ops: ['Prelu'],
  write: (call) => parametric(call.writer, call.signal(0), call.constant(1)),
};

export const clipByValue: OpRule = {
  ops: ['ClipByValue'],
  write(call) {
    const bounds = [1, 2].map((i) => call.writer.constant(call.constant(i), { to: [] }));
    return map(call.signal(0), (value) => call.writer.op('Clip', [value, ...bounds]));
  },
};
