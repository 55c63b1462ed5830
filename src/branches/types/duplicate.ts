import { accept } from '../../errors.js';
import type { ConvBlock } from '../branch-type.js';

export const duplicate: ConvBlock = {
  name: 'duplicate',
  source: 'Vasu et al., MobileOne, arXiv:2206.04040, without its BN',
  description: 'two convs of the same shape',
  operator: 'Conv',
  normalized: false,
  applies: () => accept(undefined),
  build(block) {
    const { kernel, bias } = block.site;
    return block.sum([
      block.main('copy0', { bias: bias !== null }),
      block.conv('copy1', block.input, { kernel: kernel.size }),
    ]);
  },
};
