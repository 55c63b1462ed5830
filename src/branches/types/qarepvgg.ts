import type { ConvBlock } from '../branch-type.js';
import { hasMiddle } from '../conv-site.js';

export const qarepvgg: ConvBlock = {
  name: 'qarepvgg',
  source: 'Chu et al., QARepVGG, arXiv:2212.01593',
  description: 'k×k with BN, 1×1 and the identity without; BN after the sum',
  operator: 'Conv',
  normalized: true,
  applies: hasMiddle,
  build(block) {
    const dense = block.site.kernel.size.join('x');
    const branches = [block.norm(`${dense}.bn`, block.main(dense)), block.conv('1x1')];
    const identity = block.identity('identity');
    if (identity) branches.push(identity);
    return block.ownNorm('bn', block.sum(branches));
  },
};
