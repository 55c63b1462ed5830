import { type DataType, dataTypes } from '../../../tensor/index.js';
import { type Call, rule, type TfRule } from '../call.js';
import type { Tf, TfTensor } from '../tf.js';
import { broadcasted } from './layout.js';

const one = (opType: string, run: (tf: Tf, x: TfTensor) => TfTensor): TfRule =>
  rule(opType, (call) => run(call.tf, call.input(0)));

const two = (opType: string, run: (tf: Tf, x: TfTensor, y: TfTensor) => TfTensor): TfRule =>
  rule(opType, (call) => run(call.tf, call.input(0), call.input(1)));

/** An operator on any number of operands. */
const many = (opType: string, run: (tf: Tf, x: TfTensor, y: TfTensor) => TfTensor): TfRule =>
  rule(opType, ({ tf, operands }) => operands.reduce((x, y) => run(tf, x, y)));

/** The type in TensorFlow.js that stands for an ONNX type. */
function typeOf(call: Call): 'float32' | 'int32' | 'bool' {
  const code = call.node.int('to', 0);
  const names = Object.keys(dataTypes) as DataType[];
  const found = names.find((name) => dataTypes[name].code === code);
  if (found === 'bool' || found === 'float32') return found;
  return found && dataTypes[found].kind === 'int' ? 'int32' : call.refuse(`casts to type ${code}`);
}

/** Operators that treat every element alike. */
export const elementwise: readonly TfRule[] = [
  two('Add', (tf, x, y) => tf.add(x, y)),
  two('Sub', (tf, x, y) => tf.sub(x, y)),
  two('Mul', (tf, x, y) => tf.mul(x, y)),
  two('Div', (tf, x, y) => tf.div(x, y)),
  two('Pow', (tf, x, y) => tf.pow(x, y)),
  two('Less', (tf, x, y) => tf.less(x, y)),
  two('Greater', (tf, x, y) => tf.greater(x, y)),
  two('Equal', (tf, x, y) => tf.equal(x, y)),
  many('Sum', (tf, x, y) => tf.add(x, y)),
  many('Min', (tf, x, y) => tf.minimum(...broadcasted(tf, x, y))),
  many('Max', (tf, x, y) => tf.maximum(...broadcasted(tf, x, y))),
  one('Neg', (tf, x) => tf.neg(x)),
  one('Abs', (tf, x) => tf.abs(x)),
  one('Sqrt', (tf, x) => tf.sqrt(x)),
  one('Exp', (tf, x) => tf.exp(x)),
  one('Log', (tf, x) => tf.log(x)),
  one('Floor', (tf, x) => tf.floor(x)),
  one('Erf', (tf, x) => tf.erf(x)),
  one('Reciprocal', (tf, x) => tf.reciprocal(x)),
  rule('Cast', (call) => call.tf.cast(call.input(0), typeOf(call))),
  rule('Where', (call) => call.tf.where(call.input(0), call.input(1), call.input(2))),
];
