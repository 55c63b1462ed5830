import { accept, refuse } from '../../errors.js';
import type { ConvBlock } from '../branch-type.js';
import { sizeText } from '../conv-site.js';

/** Kernels and dilations beside a large kernel, by its size (the authors' settings). */
const branchesOf: Readonly<
  Record<number, readonly (readonly [kernel: number, dilation: number])[]>
> = {
  5: [
    [3, 1],
    [3, 2],
  ],
  7: [
    [5, 1],
    [3, 2],
    [3, 3],
  ],
  9: [
    [5, 1],
    [5, 2],
    [3, 3],
    [3, 4],
  ],
  11: [
    [5, 1],
    [5, 2],
    [3, 3],
    [3, 4],
    [3, 5],
  ],
  13: [
    [5, 1],
    [7, 2],
    [3, 3],
    [3, 4],
    [3, 5],
  ],
  15: [
    [5, 1],
    [7, 2],
    [3, 3],
    [3, 5],
    [3, 7],
  ],
  17: [
    [5, 1],
    [9, 2],
    [3, 4],
    [3, 5],
    [3, 7],
  ],
};

export const unireplknet: ConvBlock = {
  name: 'unireplknet',
  source: 'Ding et al., UniRepLKNet, arXiv:2311.15599',
  description: 'k×k (k = 5, 7 … 17) and smaller dilated kernels, each with BN',
  operator: 'Conv',
  normalized: true,
  applies(site) {
    const { size } = site.kernel;
    const [first = 0] = size;
    if (size.some((length) => length !== first) || !branchesOf[first]) {
      return refuse(
        `its kernel is ${sizeText(size)}: only squares of 5, 7 … 17 have dilated branches`,
      );
    }
    return accept(undefined);
  },
  build(block) {
    const { size } = block.site.kernel;
    const branches = [block.ownNorm('large.bn', block.main('large'))];
    for (const [length, step] of branchesOf[size[0] ?? 0] ?? []) {
      const name = `k${length}d${step}`;
      const [kernel, dilation] = [size.map(() => length), size.map(() => step)];
      const conv = block.conv(name, block.input, { kernel, dilation });
      branches.push(block.norm(`${name}.bn`, conv));
    }
    return block.sum(branches);
  },
};
