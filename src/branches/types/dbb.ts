import type { BlockBuilder } from '../block-builder.js';
import type { ConvBlock } from '../branch-type.js';
import { hasMiddle } from '../conv-site.js';
import type { Term } from '../term.js';

const isDepthwise = ({ site }: BlockBuilder): boolean => site.kernel.group >= site.kernel.outputs;

/** 1×1 → k×k. Depthwise convs have twice the channels in between, and no identity to begin with. */
export function sequence(block: BlockBuilder): Term {
  const { kernel, axes } = block.site;
  const wide = isDepthwise(block);
  const channels = wide ? 2 * kernel.inputs : kernel.inputs;
  const first = block.pointwise('1x1_kxk.conv1', { channels, identity: !wide });
  const normed = block.norm('1x1_kxk.bn1', first);
  const bordered = block.bordered('1x1_kxk.bn1', normed, axes);
  const second = block.conv('1x1_kxk.conv2', bordered, { kernel: kernel.size });
  return block.norm('1x1_kxk.bn2', second);
}

/** 1×1 → average; depthwise convs average the image itself. */
export function average(block: BlockBuilder): Term {
  const { kernel, axes } = block.site;
  let x = block.input;
  if (!isDepthwise(block)) {
    const normed = block.norm('avg.bn', block.pointwise('avg.conv'));
    x = block.bordered('avg.bn', normed, axes);
  }
  return block.norm('avg.avgbn', block.average('avg', x, kernel.size));
}

/** Diverse branch block. */
export const dbb: ConvBlock = {
  name: 'dbb',
  source: 'Ding et al., Diverse Branch Block, arXiv:2103.13425',
  description: 'k×k, 1×1, 1×1 → k×k and 1×1 → average, each conv and pool with BN',
  operator: 'Conv',
  normalized: true,
  applies: hasMiddle,
  build(block) {
    const branches = [block.ownNorm('origin.bn', block.main('origin'))];
    if (!isDepthwise(block)) branches.push(block.norm('1x1.bn', block.conv('1x1')));
    branches.push(average(block), sequence(block));
    return block.sum(branches);
  },
};
