import { accept, refuse } from '../../errors.js';
import type { ConvBlock } from '../branch-type.js';
import { hasMiddle, sizeText } from '../conv-site.js';

/** The paper's small kernel is 5; smaller ones go with kernels that 5 is not small beside. */
const smallKernel = (size: readonly number[]): number => {
  const least = Math.min(...size);
  return least > 5 ? 5 : least - 2;
};

export const replknet: ConvBlock = {
  name: 'replknet',
  source: 'Ding et al., RepLKNet, arXiv:2203.06717',
  description: 'k×k and 5×5 (for k ≤ 5 two less than k), each with BN',
  operator: 'Conv',
  normalized: true,
  applies(site) {
    const middle = hasMiddle(site);
    if (!middle.ok) return middle;
    const { size } = site.kernel;
    if (Math.min(...size) < 3) return refuse(`its kernel ${sizeText(size)} is too small`);
    return accept(undefined);
  },
  build(block) {
    const { size } = block.site.kernel;
    const kernel = size.map(() => smallKernel(size));
    return block.sum([
      block.ownNorm('large.bn', block.main('large')),
      block.norm('small.bn', block.conv('small', block.input, { kernel })),
    ]);
  },
};
