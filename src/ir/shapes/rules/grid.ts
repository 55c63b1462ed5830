import { typed } from '../dims.js';
import type { TypeRule } from './rule.js';

/** X [N, C, ...] sampled at grid [N, ..., r] → [N, C, ...]. */
const gridSample: TypeRule = {
  opTypes: ['GridSample'],
  infer(context) {
    const grid = context.shape(1);
    const [batch = null, channels = null] = context.shape(0) ?? [];
    return [typed(context.dtype(0), grid && [batch, channels, ...grid.slice(1, -1)])];
  },
};

/** theta [N, r, r + 1] and size [N, C, ...] → grid [N, ..., r]. */
const affineGrid: TypeRule = {
  opTypes: ['AffineGrid'],
  infer(context) {
    const size = context.elements(1);
    const grid = size && [size[0] ?? null, ...size.slice(2), size.length - 2];
    return [typed(context.dtype(0), grid)];
  },
};

const determinant: TypeRule = {
  opTypes: ['Det'],
  infer: (context) => [typed(context.dtype(0), context.shape(0)?.slice(0, -2) ?? null)],
};

export const gridRules: readonly TypeRule[] = [gridSample, affineGrid, determinant];
