import type { DataType } from '../../../tensor/index.js';
import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { differ, typed, unknownDims } from '../dims.js';
import type { TypeRule } from './rule.js';
import { readWindow, transposedOutput, type Window, windowOutput } from './window.js';

/** Input [N, C, ...] and weight [O, I, ...] of a convolution, its spatial rank agreed upon. */
interface Operands {
  readonly batch: Dim;
  readonly channels: Dim;
  readonly spatial: readonly Dim[] | null;
  readonly weight: readonly Dim[] | null;
  readonly window: Window;
}

function readOperands(context: NodeContext, weightIndex: number): Operands | null {
  const input = context.shape(0);
  const weight = context.shape(weightIndex);
  const rank = (weight ?? input)?.length ?? (context.node.ints('kernel_shape')?.length ?? -2) + 2;
  if (rank < 3 || (input && input.length !== rank)) return null;
  const kernel = context.node.ints('kernel_shape') ?? weight?.slice(2) ?? unknownDims(rank - 2);
  const window = kernel.length === rank - 2 ? readWindow(context.node, kernel) : null;
  if (window === null) return null;
  const [batch = null, channels = null, ...spatial] = input ?? [];
  return { batch, channels, spatial: input && spatial, weight, window };
}

/** [N, O, ...] of a convolution with weight [O, C / group, ...]. */
function convolution(context: NodeContext, weightIndex: number): Dim[] | null {
  const operands = readOperands(context, weightIndex);
  if (operands === null) return null;
  const { batch, channels, spatial, weight, window } = operands;
  const inGroup = weight?.[1] ?? null;
  const group = context.node.int('group', 1);
  if (typeof inGroup === 'number' && differ(channels, inGroup * group)) return null;
  const output = windowOutput(spatial, window);
  return output && [batch, weight?.[0] ?? null, ...output];
}

function convolutionRule(
  opType: string,
  weightIndex: number,
  dtype: (context: NodeContext) => DataType | null,
): TypeRule {
  return {
    opTypes: [opType],
    infer: (context) => [typed(dtype(context), convolution(context, weightIndex))],
  };
}

/** [N, O, ...] of a transposed convolution with weight [C, O / group, ...]. */
function transposed(context: NodeContext): Dim[] | null {
  const { node } = context;
  const operands = readOperands(context, 1);
  if (operands === null) return null;
  const { batch, channels, spatial, weight, window } = operands;
  if (differ(channels, weight?.[0] ?? null)) return null;
  const outGroup = weight?.[1] ?? null;
  const outChannels = typeof outGroup === 'number' ? outGroup * node.int('group', 1) : null;
  const rank = window.kernel.length;
  const given = node.ints('output_shape');
  const output = given
    ? given.slice(-rank)
    : transposedOutput(spatial, window, node.ints('output_padding') ?? Array(rank).fill(0));
  return output?.length === rank ? [batch, outChannels, ...output] : null;
}

const convTranspose: TypeRule = {
  opTypes: ['ConvTranspose'],
  infer: (context) => [typed(context.dtype(0) ?? context.dtype(1), transposed(context))],
};

/** [N, C, L] → [N, C, L] and the last k − 1 positions, [N, C, k − 1], of a causal depthwise convolution. */
const causal: TypeRule = {
  opTypes: ['CausalConvWithState'],
  infer(context) {
    const [batch = null, channels = null] = context.shape(0) ?? [];
    const kernel = context.shape(1)?.[2];
    const kept = typeof kernel === 'number' ? kernel - 1 : null;
    return [context.type(0), typed(context.dtype(0), [batch, channels, kept])];
  },
};

export const convolutionRules: readonly TypeRule[] = [
  convolutionRule('Conv', 1, (context) => context.dtype(0) ?? context.dtype(1)),
  convolutionRule('DeformConv', 1, (context) => context.dtype(0) ?? context.dtype(1)),
  convolutionRule('ConvInteger', 1, () => 'int32'),
  convolutionRule('QLinearConv', 3, (context) => context.dtype(7)),
  convTranspose,
  causal,
];
