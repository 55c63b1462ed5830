import { int } from '../../../ir/index.js';
import { isUsed, type RaiseRule } from '../rule.js';

/** BatchNormalization: in training mode by an attribute rather than by the number of its outputs. */
export const batchNormalization: RaiseRule = {
  opTypes: ['BatchNormalization'],
  since: 14,
  raise(context) {
    const { node } = context;
    if (node.int('spatial', 1) === 0) throw context.refusal('its statistics are not per channel');
    const [y = null, ...statistics] = node.outputs;
    const trains = statistics.some((value) => value !== null);
    if (!trains && !node.attributes.has('spatial')) return null;
    if (statistics.slice(2).some(isUsed)) throw context.refusal('its saved statistics are read');
    return [
      context.again(node.inputs, {
        without: ['spatial'],
        outputs: trains ? [y, ...statistics.slice(0, 2)] : [y],
        attributes: trains ? [['training_mode', int(1)]] : [],
      }),
    ];
  },
};

/** Dropout: `ratio` became an operand; it drops nothing, in the old versions as in the new. */
export const dropout: RaiseRule = {
  opTypes: ['Dropout'],
  since: 12,
  raise(context) {
    const { node } = context;
    const [y = null, mask] = node.outputs;
    if (isUsed(mask)) throw context.refusal('its mask is read');
    const ratio = context.scalar('float32', node.float('ratio', 0.5));
    return [context.again([context.input(0), ratio], { without: ['ratio'], outputs: [y] })];
  },
};
