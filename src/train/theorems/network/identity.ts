import { type Branch, type ConvShape, kernelOf } from './branch.js';

const unit = (shape: ConvShape, value: (channel: number) => number): Float64Array => {
  const centre = (shape.kernel - 1) / 2;
  return kernelOf(shape, (o, i, row, column) =>
    o === i && row === centre && column === centre ? value(o) : 0,
  );
};

/** The input as it is; adds nothing to G. For layers with stride 1 and as many inputs as outputs. */
export const identity: Branch = {
  build: ({ input }) => input,
  kernel: (shape) => unit(shape, () => 1),
  scaling: (shape) => unit(shape, () => 0),
};

/** The input times one learned number a channel. */
export const learnedIdentity: Branch = {
  build(site) {
    const scale = site.initializer('weight', [1, site.shape.outputs, 1, 1], (x) => 1 + x / 4);
    return site.builder.op('Mul', [site.input, scale]);
  },
  kernel: (shape, read) => unit(shape, (channel) => read('weight')[channel] as number),
  scaling: (shape) => unit(shape, () => 1),
};
