import type { RaiseRule } from '../rule.js';

/** Squeeze, Unsqueeze and ReduceSum: `axes` became an operand. */
export const axes: RaiseRule = {
  opTypes: ['Squeeze', 'Unsqueeze', 'ReduceSum'],
  since: 13,
  raise(context) {
    const list = context.node.ints('axes');
    if (!list) return null;
    return [context.again([context.input(0), context.int64s(list)], { without: ['axes'] })];
  },
};

/** Split: `split` became an operand. */
export const split: RaiseRule = {
  opTypes: ['Split'],
  since: 13,
  raise(context) {
    const lengths = context.node.ints('split');
    if (!lengths) return null;
    return [context.again([context.input(0), context.int64s(lengths)], { without: ['split'] })];
  },
};

/** Slice: `starts`, `ends` and `axes` became operands. */
export const slice: RaiseRule = {
  opTypes: ['Slice'],
  since: 10,
  raise(context) {
    const { node } = context;
    const [starts, ends, list] = ['starts', 'ends', 'axes'].map((name) => node.ints(name));
    if (!starts || !ends) throw context.refusal('it lacks its bounds');
    const operands = [starts, ends, ...(list ? [list] : [])].map((l) => context.int64s(l));
    const without = ['starts', 'ends', 'axes'];
    return [context.again([context.input(0), ...operands], { without })];
  },
};

/** Pad: `pads` and `value` became operands. */
export const pad: RaiseRule = {
  opTypes: ['Pad'],
  since: 11,
  raise(context) {
    const pads = context.node.ints('pads');
    if (!pads) throw context.refusal('it lacks its pads');
    const value = context.scalar(context.dtype, context.node.float('value', 0));
    const operands = [context.input(0), context.int64s(pads), value];
    return [context.again(operands, { without: ['pads', 'value'] })];
  },
};

/** Clip: `min` and `max` became operands. */
export const clip: RaiseRule = {
  opTypes: ['Clip'],
  since: 11,
  raise(context) {
    const bound = (name: string) =>
      context.node.attributes.has(name)
        ? context.scalar(context.dtype, context.node.float(name, 0))
        : null;
    const operands = [context.input(0), bound('min'), bound('max')];
    return [context.again(operands, { without: ['min', 'max'] })];
  },
};

/** TopK: `k` became an operand. */
export const topK: RaiseRule = {
  opTypes: ['TopK'],
  since: 10,
  raise(context) {
    const k = context.int64s([context.node.int('k', 1)]);
    return [context.again([context.input(0), k], { without: ['k'] })];
  },
};
