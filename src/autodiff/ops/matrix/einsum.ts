import type { Value } from '../../../ir/index.js';
import { Tensor } from '../../../tensor/index.js';
import type { TypedBuilder } from '../../builder.js';
import { expand, reshape } from '../../layout.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';
import type { VjpView } from '../../view.js';
import { contractionOf } from './einsum-equation.js';

interface Factor {
  /** One letter an axis. */
  readonly labels: string;
  readonly value: Value;
}

/** 1 where two indices are equal. */
function diagonal(b: TypedBuilder, labels: string, length: number, like: Value): Factor {
  const ones = Array.from({ length: length * length }, (_, i) => (i % (length + 1) === 0 ? 1 : 0));
  const tensor = Tensor.fromNumbers(b.dtype(like), [length, length], ones);
  return { labels, value: b.constant(tensor, 'diagonal') };
}

/** The sum of products over all labels but those of the result. */
function contract(b: TypedBuilder, factors: readonly Factor[], result: string): Value {
  const [first, ...others] = factors;
  if (first && others.length === 0 && first.labels === result) return first.value;
  const equation = `${factors.map(({ labels }) => labels).join()}->${result}`;
  return b.op(
    'Einsum',
    factors.map(({ value }) => value),
    { equation },
  );
}

/** Gradient of one operand from the cotangent and all other factors. */
function gradient(
  view: VjpView,
  own: string,
  factors: readonly Factor[],
  dims: readonly number[],
): Value {
  const { builder: b } = view;
  const present = [...own].filter((label) => factors.some(({ labels }) => labels.includes(label)));
  const sum = contract(b, factors, present.join(''));
  const lengths = new Map(present.map((label, k) => [label, b.dims(sum)[k] as number]));
  // A label that no other factor has was summed up alone: every element gets the same.
  const spread = [...own].map((label) => lengths.get(label) ?? 1);
  const full = spread.map((length, k) => Math.max(length, dims[k] as number));
  return sumTo(b, expand(b, reshape(b, sum, spread), full), dims);
}

/**
 * Einsum, a sum of products that is linear in each operand: the gradient of one is the sum of the products of the
 * cotangent and all others, over the labels that it does not have. A label that an operand has twice takes its
 * diagonal: it is written as two labels and a factor that is 1 where they are equal.
 */
export const einsum: GradientRule = {
  opTypes: ['Einsum'],
  vjp(view) {
    const { builder: b, node, inputs, needs, cotangent } = view;
    const ranks = inputs.map((_, i) => view.dims(i).length);
    const { terms, result, diagonals } = contractionOf(node.string('equation', ''), ranks);
    const factors = terms.map((labels, i) => ({ labels, value: view.input(i) }));
    const equal = diagonals.map(({ labels, operand, axis }) =>
      diagonal(b, labels, view.dims(operand)[axis] as number, cotangent),
    );
    return factors.map(({ labels }, i) => {
      if (!needs[i]) return null;
      const others = [...factors.slice(0, i), ...factors.slice(i + 1), ...equal];
      return gradient(
        view,
        labels,
        [{ labels: result, value: cotangent }, ...others],
        view.dims(i),
      );
    });
  },
};
