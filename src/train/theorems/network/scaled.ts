import { type Branch, type ConvShape, scaleRows } from './branch.js';

/** A branch times a constant, or one constant an output channel. */
export function scaled(scale: number | readonly number[], branch: Branch): Branch {
  const factors = ({ outputs }: ConvShape): readonly number[] =>
    typeof scale === 'number' ? Array<number>(outputs).fill(scale) : scale;
  const powers = (shape: ConvShape, power: number): number[] =>
    factors(shape).map((factor) => factor ** power);
  const { bias } = branch;
  const gain = bias?.scaling;
  return {
    ...branch,
    build(site) {
      const s = factors(site.shape);
      return site.builder.op('Mul', [branch.build(site), site.constant([1, s.length, 1, 1], s)]);
    },
    kernel: (shape, read) => scaleRows(branch.kernel(shape, read), factors(shape)),
    scaling: (shape, power) => scaleRows(branch.scaling(shape, power), powers(shape, power)),
    ...(bias && {
      bias: {
        values: (shape, read) => scaleRows(bias.values(shape, read), factors(shape)),
        scaling: gain
          ? (shape, power) => scaleRows(gain(shape, power), powers(shape, power))
          : null,
      },
    }),
  };
}

/** A branch times one learned number an output channel, which is 1 at first. */
export const withLearnedScale = (branch: Branch): Branch => ({
  ...branch,
  build(site) {
    const scale = site.initializer('scale', [1, site.shape.outputs, 1, 1], () => 1);
    return site.builder.op('Mul', [branch.build(site), scale]);
  },
  kernel: (shape, read) => scaleRows(branch.kernel(shape, read), read('scale')),
});
