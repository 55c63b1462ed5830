import { accept, refuse, type Verdict } from '../../errors.js';
import type { Dim, Node } from '../../ir/index.js';
import { elementCount, type Tensor } from '../../tensor/index.js';
import { type AffineMap, identityMap } from '../affine.js';
import { compose } from '../compose.js';
import { flattenKernel, maxFlatWeights, repeatEach } from '../flat.js';
import { outputLength, type Window, windowFromPads } from '../window.js';
import {
  constantOperand,
  dataOperand,
  imageOf,
  type LinearOp,
  type LoweringContext,
  lengthOf,
  unary,
} from './lowering.js';

/** Conv (1-D, 2-D, 3-D, any group): weight `[Cout, Cin / group, k1…kn]`, bias `[Cout]`. */
export const conv: LinearOp = {
  opTypes: ['Conv'],
  rule: 'itself',
  conditions: 'constant weight and bias',
  lower(node, _output, context) {
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const weight = constantOperand(node, context, 1, 'weight');
    if (!weight.ok) return weight;
    const bias = optionalBias(node, context);
    if (!bias.ok) return bias;
    return unary(operand.value, (map) => {
      if (map.layout !== 'flat') return applyConv(node, map, weight.value, bias.value);
      return applyFlat(node, map, context.shape(operand.value), weight.value, bias.value);
    });
  },
};

export function optionalBias(node: Node, context: LoweringContext): Verdict<Tensor | null> {
  if (!node.inputs[2]) return accept(null);
  return constantOperand(node, context, 2, 'bias');
}

function applyConv(
  node: Node,
  map: AffineMap,
  weight: Tensor,
  bias: Tensor | null,
): Verdict<AffineMap> {
  const group = node.int('group', 1);
  const [outputs = 0, inputsPerGroup = 0, ...size] = weight.dims;
  const sound =
    map.layout === 'channels-first' &&
    map.frame === null &&
    size.length === map.axes.length &&
    group >= 1 &&
    outputs % group === 0 &&
    inputsPerGroup * group === map.outputs;
  if (!sound) return refuse('its weight does not fit its input', node.label);
  const axes = convWindows(node, size, map);
  if (!axes.ok) return axes;
  return compose(
    {
      label: node.label,
      layout: 'channels-first',
      transposed: false,
      inputs: map.outputs,
      outputs,
      group,
      axes: axes.value,
      weights: () => ({ outputs, inputs: map.outputs, group, size, data: weight.toFloats() }),
      bias: bias && (() => bias.toNumbers()),
    },
    map,
  );
}

/** A convolution on images of known size, as a matrix on blocks of elements. */
function applyFlat(
  node: Node,
  map: AffineMap,
  shape: readonly Dim[] | null,
  weight: Tensor,
  bias: Tensor | null,
): Verdict<AffineMap> {
  const group = node.int('group', 1);
  const [outputs = 0, inputsPerGroup = 0, ...size] = weight.dims;
  const image = imageOf(shape, map);
  if (!image || image.channels !== inputsPerGroup * group || size.length !== image.spatial.length) {
    return refuse('its images have no known size', node.label);
  }
  const { channels, spatial } = image;
  const axes = convWindows(node, size, identityMap('', 'channels-first', channels, spatial));
  if (!axes.ok) return axes;
  const area = elementCount(axes.value.map((w, i) => outputLength(w, spatial[i] as number)));
  if (area < 1 || outputs * area * inputsPerGroup * elementCount(spatial) > maxFlatWeights) {
    return refuse('as a matrix it would be too large', node.label);
  }
  return compose(
    {
      label: node.label,
      layout: 'flat',
      transposed: false,
      inputs: map.outputs,
      outputs: outputs * area,
      group,
      axes: [],
      weights: () => {
        const kernel = { outputs, inputs: channels, group, size, data: weight.toNumbers() };
        return flattenKernel(kernel, axes.value, spatial);
      },
      bias: bias && (() => repeatEach(bias.toNumbers(), area)),
    },
    map,
  );
}

/** Windows of Conv and the pools from their attributes. */
export function convWindows(
  node: Node,
  size: readonly number[],
  map: AffineMap,
): Verdict<readonly Window[]> {
  const rank = size.length;
  const strides = node.ints('strides') ?? size.map(() => 1);
  const dilations = node.ints('dilations') ?? size.map(() => 1);
  const pads = node.ints('pads') ?? Array<number>(2 * rank).fill(0);
  const autoPad = node.string('auto_pad', 'NOTSET');
  const windows: Window[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const k = size[axis] as number;
    const stride = strides[axis] ?? 1;
    const dilation = dilations[axis] ?? 1;
    if (stride < 1 || dilation < 1 || k < 1)
      return refuse('a stride, dilation or kernel size is not positive', node.label);
    let begin = pads[axis] ?? 0;
    let end = pads[axis + rank] ?? 0;
    if (autoPad === 'VALID') [begin, end] = [0, 0];
    if (autoPad.startsWith('SAME')) {
      const total = samePadding(k, stride, dilation, lengthOf(map, axis));
      if (total === null) {
        return refuse(
          `auto_pad ${autoPad} with stride ${stride} pads by the input's size, which varies`,
          node.label,
        );
      }
      const small = Math.floor(total / 2);
      [begin, end] = autoPad === 'SAME_LOWER' ? [total - small, small] : [small, total - small];
    }
    windows.push(windowFromPads(k, stride, dilation, begin, end));
  }
  return accept(windows);
}

/** Total padding that gives `⌈length / stride⌉` outputs; null when it depends on a length that varies. */
function samePadding(
  size: number,
  stride: number,
  dilation: number,
  length: number | null,
): number | null {
  const reach = dilation * (size - 1);
  if (stride === 1) return reach;
  if (length === null) return null;
  return Math.max(0, (Math.ceil(length / stride) - 1) * stride + reach + 1 - length);
}
