import { accept, refuse } from '../../errors.js';
import type { ConvBlock } from '../branch-type.js';
import { hasMiddle, sizeText } from '../conv-site.js';

/** Asymmetric convolution block. */
export const acb: ConvBlock = {
  name: 'acb',
  source: 'Ding et al., ACNet, arXiv:1908.03930',
  description: 'k×k, 1×k and k×1, each with BN',
  operator: 'Conv',
  normalized: true,
  applies(site) {
    const { size } = site.kernel;
    const [height = 1, width = 1] = size;
    if (size.length !== 2) return refuse('its image has not two axes');
    const middle = hasMiddle(site);
    if (!middle.ok) return middle;
    if (height === 1 || width === 1)
      return refuse(`its kernel is ${sizeText(size)}: it has no other rows or columns`);
    return accept(undefined);
  },
  build(block) {
    const [height = 1, width = 1] = block.site.kernel.size;
    const strip = (kernel: readonly number[]) => {
      const name = kernel.join('x');
      return block.norm(`${name}.bn`, block.conv(name, block.input, { kernel }));
    };
    const square = `${height}x${width}`;
    return block.sum([
      block.ownNorm(`${square}.bn`, block.main(square)),
      strip([1, width]),
      strip([height, 1]),
    ]);
  },
};
