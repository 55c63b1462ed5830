import { accept, refuse } from '../../errors.js';
import { uniformFanIn, zeros } from '../../models/initialization.js';
import type { MatrixBlock } from '../branch-type.js';

const rank = 4;

/** Low-rank adaptation: it begins as the matrix alone in either mode, because b begins as zero. */
export const lowrank: MatrixBlock = {
  name: 'lowrank',
  source: 'Hu et al., LoRA, arXiv:2106.09685',
  description: `x·W + x·A·B, A [in, ${rank}], B [${rank}, out]`,
  operator: 'Gemm, MatMul',
  applies: ({ inputs, outputs }) =>
    Math.min(inputs, outputs) > rank
      ? accept(undefined)
      : refuse(`its matrix is ${inputs}×${outputs}: rank ${rank} is not lower`),
  build(block) {
    const { inputs, outputs } = block.site;
    const fan = { in: inputs, out: rank };
    const a = block.parameters.drawn('a', [inputs, rank], uniformFanIn, fan);
    const b = block.parameters.drawn('b', [rank, outputs], zeros);
    block.add('product', [a.value, b.value]);
  },
};
