import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { quotient, sum, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

/** Heads, length and head size of a [N, heads, length, size] or [N, length, heads · size] operand. */
function heads(shape: readonly Dim[] | null, count: Dim): readonly [Dim, Dim, Dim] | null {
  if (shape?.length === 4) return [shape[1] ?? null, shape[2] ?? null, shape[3] ?? null];
  if (shape?.length !== 3) return null;
  return [count, shape[1] ?? null, count === 0 ? null : quotient([shape[2] ?? null], [count])];
}

function attend(context: NodeContext): (readonly Dim[] | null)[] {
  const { node } = context;
  const query = context.shape(0);
  const q = heads(query, node.int('q_num_heads', 0));
  const k = heads(context.shape(1), node.int('kv_num_heads', 0));
  const v = heads(context.shape(2), node.int('kv_num_heads', 0));
  if (!query || !q || !k || !v) return [];
  const batch = query[0] ?? null;
  const past = context.has(4) ? (context.shape(4)?.[2] ?? null) : 0;
  const total = sum([past, k[1]]);
  const output =
    query.length === 3 ? [batch, q[1], quotient([q[0], v[2]])] : [batch, q[0], q[1], v[2]];
  return [
    output,
    [batch, k[0], total, k[2]],
    [batch, v[0], total, v[2]],
    [batch, q[0], q[1], total],
  ];
}

const attention: TypeRule = {
  opTypes: ['Attention'],
  infer(context) {
    const [output, key, value, scores] = attend(context);
    return [
      typed(context.dtype(0), output ?? null),
      typed(context.dtype(1), key ?? null),
      typed(context.dtype(2), value ?? null),
      typed(context.dtype(0), scores ?? null),
    ];
  },
};

/** Query and value [N, T, heads · size] → [N, T, q heads · value size] and the state [N, kv heads, k size, v size]. */
const linearAttention: TypeRule = {
  opTypes: ['LinearAttention'],
  infer(context) {
    const { node } = context;
    const kvHeads = node.int('kv_num_heads', 0);
    const k = heads(context.shape(1), kvHeads);
    const v = heads(context.shape(2), kvHeads);
    const [batch = null, length = null] = context.shape(0) ?? [];
    if (!k || !v) return [typed(context.dtype(0), null), typed(context.dtype(3), null)];
    const output = [batch, length, quotient([node.int('q_num_heads', 0), v[2]])];
    const stateType = context.dtype(3) ?? context.dtype(0);
    return [typed(context.dtype(0), output), typed(stateType, [batch, kvHeads, k[2], v[2]])];
  },
};

const rotary: TypeRule = {
  opTypes: ['RotaryEmbedding'],
  infer: (context) => [context.type(0)],
};

export const attentionRules: readonly TypeRule[] = [attention, linearAttention, rotary];
