import type { Dim } from '../../value.js';
import { quotient, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

const gates: Readonly<Record<string, number>> = { RNN: 1, GRU: 3, LSTM: 4 };

/** X [seq, batch, input] → Y [seq, directions, batch, hidden], Y_h and Y_c [directions, batch, hidden]. */
const recurrent: TypeRule = {
  opTypes: Object.keys(gates),
  infer(context) {
    const { node } = context;
    const dtype = context.dtype(0);
    const [first = null, second = null] = context.shape(0) ?? [];
    const directions = node.string('direction', 'forward') === 'bidirectional' ? 2 : 1;
    const gated = context.shape(1)?.[1] ?? null;
    const hidden: Dim = node.int('hidden_size', 0) || quotient([gated], [gates[node.opType] ?? 1]);
    const batchFirst = node.int('layout', 0) !== 0;
    const [length, batch] = batchFirst ? [second, first] : [first, second];
    const state = batchFirst ? [batch, directions, hidden] : [directions, batch, hidden];
    const sequence = batchFirst
      ? [batch, length, directions, hidden]
      : [length, directions, batch, hidden];
    return [typed(dtype, sequence), typed(dtype, state), typed(dtype, state)];
  },
};

export const recurrentRules: readonly TypeRule[] = [recurrent];
