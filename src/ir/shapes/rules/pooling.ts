import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { isKnown, typed } from '../dims.js';
import type { TypeRule } from './rule.js';
import { readWindow, transposedOutput, windowOutput } from './window.js';

/** [N, C, ...] of a pooling of [N, C, ...]. */
function pooled(context: NodeContext): Dim[] | null {
  const kernel = context.node.ints('kernel_shape');
  const window = kernel && readWindow(context.node, kernel);
  if (!window) return null;
  const input = context.shape(0);
  if (input && input.length < 2) return null;
  const ceil = context.node.int('ceil_mode', 0) !== 0;
  const output = windowOutput(input?.slice(2) ?? null, window, ceil);
  return output && [input?.[0] ?? null, input?.[1] ?? null, ...output];
}

const pool: TypeRule = {
  opTypes: ['AveragePool', 'LpPool'],
  infer: (context) => [typed(context.dtype(0), pooled(context))],
};

const maxPool: TypeRule = {
  opTypes: ['MaxPool'],
  infer(context) {
    const shape = pooled(context);
    return [typed(context.dtype(0), shape), typed('int64', shape)];
  },
};

const globalPool: TypeRule = {
  opTypes: ['GlobalAveragePool', 'GlobalMaxPool', 'GlobalLpPool'],
  infer(context) {
    const shape = context.shape(0)?.map((dim, i) => (i < 2 ? dim : 1)) ?? null;
    return [typed(context.dtype(0), shape)];
  },
};

function unpooled(context: NodeContext): Dim[] | null {
  const given = context.elements(2);
  if (given) return [...given];
  const kernel = context.node.ints('kernel_shape');
  const window = kernel && readWindow(context.node, kernel);
  const input = context.shape(0);
  if (!window || !input || context.has(2)) return null;
  const output = transposedOutput(
    input.slice(2),
    window,
    kernel.map(() => 0),
  );
  return output && [...input.slice(0, 2), ...output];
}

const maxUnpool: TypeRule = {
  opTypes: ['MaxUnpool'],
  infer: (context) => [typed(context.dtype(0), unpooled(context))],
};

/** Regions of interest of [N, C, H, W] → [regions, C, height, width]. */
const roi: TypeRule = {
  opTypes: ['RoiAlign', 'MaxRoiPool'],
  infer(context) {
    const { node } = context;
    const size =
      node.opType === 'RoiAlign'
        ? [node.int('output_height', 1), node.int('output_width', 1)]
        : node.ints('pooled_shape');
    if (size?.length !== 2) return [typed(context.dtype(0), null)];
    const regions = context.shape(1)?.[0] ?? null;
    return [typed(context.dtype(0), [regions, context.shape(0)?.[1] ?? null, ...size])];
  },
};

/** [N, C · Π block, L] → [N, C, ...image]. */
const col2im: TypeRule = {
  opTypes: ['Col2Im'],
  infer(context) {
    const input = context.shape(0);
    const image = context.elements(1);
    const block = context.elements(2);
    if (!input || !image) return [typed(context.dtype(0), null)];
    const area = block && isKnown(block) ? block.reduce((a, b) => a * b, 1) : null;
    const columns = input[1];
    const channels = typeof columns === 'number' && area ? columns / area : null;
    return [typed(context.dtype(0), [input[0] ?? null, channels, ...image])];
  },
};

export const poolingRules: readonly TypeRule[] = [
  pool,
  maxPool,
  globalPool,
  maxUnpool,
  roi,
  col2im,
];
