import type { BlockBuilder } from '../block-builder.js';
import type { ConvBlock } from '../branch-type.js';
import { hasMiddle } from '../conv-site.js';
import type { Term } from '../term.js';

const source = 'Ding et al., RepVGG, arXiv:2101.03697';

function denseAndPoint(block: BlockBuilder): Term[] {
  const dense = block.site.kernel.size.join('x');
  return [block.ownNorm(`${dense}.bn`, block.main(dense)), block.norm('1x1.bn', block.conv('1x1'))];
}

export const repvgg: ConvBlock = {
  name: 'repvgg',
  source,
  description: 'k×k, 1×1 and, where the shapes allow it, the identity, each with BN',
  operator: 'Conv',
  normalized: true,
  applies: hasMiddle,
  build(block) {
    const identity = block.identity('identity');
    const branches = denseAndPoint(block);
    if (identity) branches.push(block.norm('identity.bn', identity));
    return block.sum(branches);
  },
};

export const repvggPlain: ConvBlock = {
  name: 'repvgg-plain',
  source,
  description: 'k×k and 1×1, each with BN',
  operator: 'Conv',
  normalized: true,
  applies: hasMiddle,
  build: (block) => block.sum(denseAndPoint(block)),
};
