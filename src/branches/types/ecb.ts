import { accept, refuse } from '../../errors.js';
import { normals } from '../../models/initialization.js';
import type { BlockBuilder } from '../block-builder.js';
import type { ConvBlock } from '../branch-type.js';
import { sizeText } from '../conv-site.js';
import type { Term } from '../term.js';

/** Channels between 1×1 and 3×3, in channels of the output. */
const expansion = 2;

const filters = {
  'sobel-x': [1, 0, -1, 2, 0, -2, 1, 0, -1],
  'sobel-y': [1, 2, 1, 0, 0, 0, -1, -2, -1],
  laplacian: [0, 1, 0, 1, -4, 1, 0, 1, 0],
} as const;

/** 1×1 → a fixed filter, with a learned factor and bias a channel. */
function edges(block: BlockBuilder, name: string, filter: readonly number[]): Term {
  const { kernel, axes } = block.site;
  const { outputs, size } = kernel;
  const x = block.pointwise(`${name}.1x1`, { bias: true, border: axes });
  const small = normals(1e-3);
  const scale = block.parameters.drawn(`${name}.scale`, [outputs, 1, 1, 1], small);
  const bias = block.parameters.drawn(`${name}.bias`, [outputs], block.firstBias(small));
  const mask = block.emit.numbers(`${name}.mask`, [1, 1, ...size], filter);
  const value = block.emit.op('Mul', `${name}.filter`, [scale.value, mask]);
  const data = Float64Array.from({ length: outputs * filter.length }, (_, i) => {
    const channel = Math.floor(i / filter.length);
    return (scale.data[channel] as number) * (filter[i % filter.length] as number);
  });
  const weight = { value, kernel: { outputs, inputs: outputs, group: outputs, size, data } };
  return { ...block.convolve(name, x, axes, weight, bias), gates: [scale] };
}

/** Edge-oriented convolution block. */
export const ecb: ConvBlock = {
  name: 'ecb',
  source: 'Zhang et al., ECBSR, doi:10.1145/3474085.3475291',
  description: '3×3, 1×1 → 3×3, and 1×1 → Sobel and Laplacian filters with learned factors',
  operator: 'Conv',
  normalized: false,
  applies: ({ kernel }) =>
    sizeText(kernel.size) === '3×3'
      ? accept(undefined)
      : refuse(`its kernel is ${sizeText(kernel.size)}: the filters are 3×3`),
  build(block) {
    const { kernel, axes } = block.site;
    const channels = expansion * kernel.outputs;
    const wide = block.pointwise('1x1_3x3.conv1', { channels, bias: true, border: axes });
    return block.sum([
      block.main('3x3', { bias: true }),
      block.conv('1x1_3x3.conv2', wide, { kernel: kernel.size, bias: true }),
      ...Object.entries(filters).map(([name, filter]) => edges(block, name, filter)),
    ]);
  },
};
