import type { Value } from '../../../ir/index.js';
import {
  type Branch,
  type ConvShape,
  kernelIndex,
  kernelOf,
  type Read,
  type Site,
} from './branch.js';
import { centredConv } from './window.js';

/** A 1×1 convolution with `A [I, I]`, then one of the layer's size with V: `W[o, i] = Σ V[o, m] A[m, i]` over m. */
function composed(
  addMix: (site: Site) => Value,
  mixOf: (shape: ConvShape, read: Read) => Float64Array,
): Branch {
  return {
    build(site) {
      const { outputs, inputs, kernel } = site.shape;
      const input = centredConv(site, [addMix(site)], [1, 1], { stride: 1 });
      const weight = site.initializer('weight', [outputs, inputs, kernel, kernel]);
      return centredConv({ ...site, input }, [weight], [kernel, kernel]);
    },
    kernel(shape, read) {
      const [weight, mix] = [read('weight'), mixOf(shape, read)];
      return kernelOf(shape, (o, i, row, column) => {
        let total = 0;
        for (let m = 0; m < shape.inputs; m++) {
          const v = weight[kernelIndex(shape, o, m, row, column)] as number;
          total += v * (mix[m * shape.inputs + i] as number);
        }
        return total;
      });
    },
    scaling: (shape) => kernelOf(shape, () => 0),
  };
}

/** The A of {@link afterFrozenPointwise}, `[I, I]`: numbers that float32 holds exactly. */
export const frozenMix = ({ inputs }: ConvShape): Float64Array =>
  Float64Array.from({ length: inputs * inputs }, (_, flat) => {
    const [row, column] = [Math.floor(flat / inputs), flat % inputs];
    return row === column ? 1 : (((3 * row + 5 * column) % 7) - 3) / 8;
  });

/** 1×1 → k×k of which only the second is learned. */
export const afterFrozenPointwise: Branch = composed(
  ({ shape, constant }) => constant([shape.inputs, shape.inputs, 1, 1], frozenMix(shape)),
  frozenMix,
);

/** 1×1 → k×k, both learned. */
export const afterLearnedPointwise: Branch = composed(
  ({ shape, initializer }) => initializer('pointwise.weight', [shape.inputs, shape.inputs, 1, 1]),
  (_, read) => read('pointwise.weight'),
);

/** Taps that {@link pooledPointwise} averages, along each axis: their number is a power of two, exact in float32. */
const pooled = 2;

/** The b of {@link pooledPointwise}, `[k, k]`: 1/4 at four taps. */
export const poolingFilter = ({ kernel }: ConvShape): Float64Array =>
  Float64Array.from({ length: kernel ** 2 }, (_, tap) => {
    const centre = (kernel - 1) / 2;
    const isRead = [Math.floor(tap / kernel), tap % kernel].every(
      (position) => position <= centre && position > centre - pooled,
    );
    return isRead ? 1 / pooled ** 2 : 0;
  });

/** 1×1, then an average over some taps of the layer's kernel: `W[o, i] = V[o, i] · b`. */
export const pooledPointwise: Branch = {
  build(site) {
    const { outputs, inputs, stride } = site.shape;
    const weight = site.initializer('weight', [outputs, inputs, 1, 1]);
    const mixed = centredConv(site, [weight], [1, 1], { stride: 1 });
    return site.builder.op('AveragePool', [mixed], {
      kernel_shape: [pooled, pooled],
      strides: [stride, stride],
      pads: [pooled - 1, pooled - 1, 0, 0],
      count_include_pad: 1,
    });
  },
  kernel(shape, read) {
    const [weight, filter] = [read('weight'), poolingFilter(shape)];
    return kernelOf(shape, (o, i, row, column) => {
      const v = weight[o * shape.inputs + i] as number;
      return v * (filter[row * shape.kernel + column] as number);
    });
  },
  scaling: (shape) => kernelOf(shape, () => 0),
};
