import type { NodeContext } from '../context.js';
import { broadcast, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const indices = (context: NodeContext): number[] => [...context.node.inputs.keys()];

function broadcastAll(context: NodeContext): ReturnType<typeof broadcast> {
  return broadcast(indices(context).map((i) => context.shape(i)));
}

function commonType(context: NodeContext): ReturnType<NodeContext['dtype']> {
  return (
    indices(context)
      .map((i) => context.dtype(i))
      .find((dtype) => dtype !== null) ?? null
  );
}

/** Output has type and shape of the first input. */
const likeInput: TypeRule = {
  opTypes: [
    ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'Cos', 'Cosh', 'Sin', 'Sinh'],
    ...['Tan', 'Tanh', 'Exp', 'Log', 'Sqrt', 'Reciprocal', 'Neg', 'Sign', 'Erf', 'Ceil', 'Floor'],
    ...['Round', 'Not', 'BitwiseNot', 'Clip', 'Celu', 'Elu', 'Gelu', 'HardSigmoid', 'HardSwish'],
    ...['LeakyRelu', 'Mish', 'PRelu', 'Relu', 'Selu', 'Shrink', 'Sigmoid', 'Softplus', 'Softsign'],
    ...['Swish', 'ThresholdedRelu', 'Softmax', 'LogSoftmax', 'Hardmax', 'Identity', 'CumSum'],
    ...['CumProd', 'Trilu', 'ReverseSequence', 'SwiGLU'],
  ],
  infer: (context) => [context.type(0)],
};

const arithmetic: TypeRule = {
  opTypes: [
    ...['Add', 'Sub', 'Mul', 'Div', 'Mod', 'Sum', 'Mean', 'Max', 'Min'],
    ...['BitShift', 'BitwiseAnd', 'BitwiseOr', 'BitwiseXor', 'StringConcat'],
  ],
  infer(context) {
    // Before opset 7 the second operand is broadcast to the first.
    const shape = context.opset < 7 ? context.shape(0) : broadcastAll(context);
    return [typed(commonType(context), shape)];
  },
};

const power: TypeRule = {
  opTypes: ['Pow'],
  infer: (context) => [typed(context.dtype(0), broadcastAll(context))],
};

const comparison: TypeRule = {
  opTypes: ['Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'And', 'Or', 'Xor'],
  infer(context) {
    return [typed('bool', context.opset < 7 ? context.shape(0) : broadcastAll(context))];
  },
};

const where: TypeRule = {
  opTypes: ['Where'],
  infer: (context) => [typed(context.dtype(1) ?? context.dtype(2), broadcastAll(context))],
};

const predicate: TypeRule = {
  opTypes: ['IsNaN', 'IsInf', 'RegexFullMatch'],
  infer: (context) => [typed('bool', context.shape(0))],
};

const dropout: TypeRule = {
  opTypes: ['Dropout'],
  infer(context) {
    const mask = context.opset < 10 ? context.dtype(0) : 'bool';
    return [context.type(0), typed(mask, context.shape(0))];
  },
};

export const elementwiseRules: readonly TypeRule[] = [
  likeInput,
  arithmetic,
  power,
  comparison,
  where,
  predicate,
  dropout,
];
