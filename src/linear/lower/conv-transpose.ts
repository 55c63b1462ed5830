import { accept, refuse, type Verdict } from '../../errors.js';
import type { Node } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { AffineMap } from '../affine.js';
import { compose } from '../compose.js';
import type { Kernel } from '../kernel.js';
import type { Window } from '../window.js';
import { optionalBias } from './conv.js';
import { constantOperand, dataOperand, type LinearOp, unary } from './lowering.js';

/** ConvTranspose: weight `[Cin, Cout / group, k1…kn]`, output `stride·(L − 1) + 1 + reach − pads + output_padding`. */
export const convTranspose: LinearOp = {
  opTypes: ['ConvTranspose'],
  rule: 'itself, as a transposed map',
  conditions:
    'constant weight and bias, explicit pads; composes with 1×1 maps and equal ConvTransposes',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const weight = constantOperand(node, context, 1, 'weight');
    if (!weight.ok) return weight;
    const bias = optionalBias(node, context);
    if (!bias.ok) return bias;
    return unary(operand.value, (map) => applyTransposed(node, map, weight.value, bias.value));
  },
};

function applyTransposed(
  node: Node,
  map: AffineMap,
  weight: Tensor,
  bias: Tensor | null,
): Verdict<AffineMap> {
  const group = node.int('group', 1);
  const [inputs = 0, outputsPerGroup = 0, ...size] = weight.dims;
  const fits =
    map.layout === 'channels-first' &&
    map.frame === null &&
    size.length === map.axes.length &&
    inputs === map.outputs;
  if (!fits || group < 1 || inputs % group !== 0) {
    return refuse('its weight does not fit its input', node.label);
  }
  const axes = transposedWindows(node, size);
  if (!axes.ok) return axes;
  return compose(
    {
      label: node.label,
      layout: 'channels-first',
      transposed: true,
      inputs,
      outputs: outputsPerGroup * group,
      group,
      axes: axes.value,
      weights: () => outputsFirst(weight, inputs, outputsPerGroup, group, size),
      bias: bias && (() => bias.toNumbers()),
    },
    map,
  );
}

function transposedWindows(node: Node, size: readonly number[]): Verdict<readonly Window[]> {
  const rank = size.length;
  if (node.ints('output_shape') || node.string('auto_pad', 'NOTSET') !== 'NOTSET') {
    return refuse('its pads follow from a requested output shape', node.label);
  }
  const strides = node.ints('strides') ?? size.map(() => 1);
  const dilations = node.ints('dilations') ?? size.map(() => 1);
  const pads = node.ints('pads') ?? Array<number>(2 * rank).fill(0);
  const extra = node.ints('output_padding') ?? size.map(() => 0);
  return accept(
    size.map((k, axis) => {
      const dilation = dilations[axis] ?? 1;
      const begin = pads[axis] ?? 0;
      const end = pads[axis + rank] ?? 0;
      return {
        stride: strides[axis] ?? 1,
        dilation,
        size: k,
        offset: -begin,
        extent: dilation * (k - 1) - begin - end + (extra[axis] ?? 0),
      };
    }),
  );
}

/** `[Cin, Cout / group, …]` to the common `[Cout, Cin / group, …]`. */
function outputsFirst(
  weight: Tensor,
  inputs: number,
  outputsPerGroup: number,
  group: number,
  size: readonly number[],
): Kernel {
  const source = weight.toNumbers();
  const data = new Float64Array(source.length);
  const inputsPerGroup = inputs / group;
  const volume = size.reduce((a, b) => a * b, 1);
  for (let i = 0; i < inputs; i++) {
    const g = Math.floor(i / inputsPerGroup);
    for (let o = 0; o < outputsPerGroup; o++) {
      const from = (i * outputsPerGroup + o) * volume;
      const to = ((g * outputsPerGroup + o) * inputsPerGroup + (i % inputsPerGroup)) * volume;
      data.set(source.subarray(from, from + volume), to);
    }
  }
  return { outputs: outputsPerGroup * group, inputs, group, size, data };
}
