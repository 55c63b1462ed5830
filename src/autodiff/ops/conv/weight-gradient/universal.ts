import { elementCount } from '../../../../tensor/index.js';
import { pad, reshape, transpose } from '../../../layout.js';
import { extent } from '../geometry.js';
import { patches, products } from './cost.js';
import type { WeightGradientFormulation } from './formulation.js';

/**
 * For every rank, stride, dilation and group: itself a convolution in which batch and channels change places, the
 * cotangent is the kernel, and stride and dilation are exchanged. onnxruntime has no good kernel for such a shape.
 */
export const universal: WeightGradientFormulation = {
  name: 'universal',
  applies: () => true,
  cost({ batch, group, inputs, outputs, axes }) {
    const taps = elementCount(axes.map(({ kernel }) => kernel));
    const depth = batch * elementCount(axes.map(({ output }) => output));
    return patches(group * inputs * taps * depth) + products(group * inputs, outputs, taps, depth);
  },
  build(b, x, cotangent, { batch, group, inputs, outputs, axes }) {
    const spatial = axes.map((_, i) => i + 3);
    const [lengths, positions] = [axes.map((a) => a.input), axes.map((a) => a.output)];
    const images = transpose(b, reshape(b, x, [batch, group, inputs, ...lengths]), [
      2,
      1,
      0,
      ...spatial,
    ]);
    const kernels = transpose(b, reshape(b, cotangent, [batch, group, outputs, ...positions]), [
      1,
      2,
      0,
      ...spatial,
    ]);
    // Positions behind the last one that a kernel sees would give taps that do not exist.
    const ends = axes.map((axis) => {
      const { stride, output, input, begin } = axis;
      return stride * (output - 1) + extent(axis) - input - begin;
    });
    const cropped = pad(b, reshape(b, images, [inputs, group * batch, ...lengths]), [
      ...lengths.map(() => 0),
      0,
      0,
      ...[0, 0],
      ...ends.map((length) => Math.min(0, length)),
    ]);
    const result = b.op(
      'Conv',
      [cropped, reshape(b, kernels, [group * outputs, batch, ...positions])],
      {
        group,
        strides: axes.map(({ dilation }) => dilation),
        dilations: axes.map(({ stride }) => stride),
        pads: [...axes.map(({ begin }) => begin), ...ends.map((length) => Math.max(0, length))],
      },
    );
    return transpose(b, result, [1, 0, ...axes.map((_, i) => i + 2)]);
  },
};
