import { accept, refuse } from '../../errors.js';
import type { ConvBlock } from '../branch-type.js';
import { canBeIdentity } from '../conv-site.js';

/** Copies in MobileOne-S0, the network with the most. */
const copies = 4;

export const mobileone: ConvBlock = {
  name: 'mobileone',
  source: 'Vasu et al., MobileOne, arXiv:2206.04040',
  description: `${copies} k×k, 1×1 (for k > 1) and, where the shapes allow it, the identity, each with BN`,
  operator: 'Conv',
  normalized: true,
  applies: ({ kernel }) =>
    kernel.size.some((length) => length % 2 === 0)
      ? refuse(`its kernel is ${kernel.size.join('×')}: an even kernel has no middle`)
      : accept(undefined),
  build(block) {
    const { size } = block.site.kernel;
    const branches = [block.ownNorm('copy0.bn', block.main('copy0'))];
    for (let i = 1; i < copies; i++) {
      const copy = block.conv(`copy${i}`, block.input, { kernel: size });
      branches.push(block.norm(`copy${i}.bn`, copy));
    }
    if (size.some((length) => length > 1)) {
      branches.push(block.norm('scale.bn', block.conv('scale')));
    }
    const identity = canBeIdentity(block.site) ? block.identity('skip') : null;
    if (identity) branches.push(block.norm('skip.bn', identity));
    return block.sum(branches);
  },
};
