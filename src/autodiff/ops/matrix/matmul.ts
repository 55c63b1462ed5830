import type { Value } from '../../../ir/index.js';
import type { TypedBuilder } from '../../builder.js';
import { reshape, transpose } from '../../layout.js';
import { sumTo } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** The last two axes exchanged. */
function transposed(b: TypedBuilder, x: Value): Value {
  const axes = b.dims(x).map((_, axis) => axis);
  const [rows = 0, columns = 1] = axes.slice(-2);
  return transpose(b, x, [...axes.slice(0, -2), columns, rows]);
}

/** MatMul (numpy's matmul): `y = a b`, so that `da = dy bᵀ` and `db = aᵀ dy`, summed over what was broadcast. */
export const matmul: GradientRule = {
  opTypes: ['MatMul'],
  vjp({ builder: b, inputs, cotangent, needs }) {
    const [a, c] = inputs as [Value, Value];
    const [left, right] = [b.dims(a), b.dims(c)];
    const dims = b.dims(cotangent);
    const [row, column] = [left.length === 1 ? [1] : [], right.length === 1 ? [1] : []];
    // A vector is a matrix of one row on the left, and of one column on the right.
    const matrices = {
      a: reshape(b, a, [...row, ...left]),
      b: reshape(b, c, [...right, ...column]),
      y: reshape(b, cotangent, [
        ...dims.slice(0, dims.length - (2 - row.length - column.length)),
        ...row,
        ...dims.slice(dims.length - (2 - row.length - column.length)),
        ...column,
      ]),
    };
    const da = needs[0] && b.op('MatMul', [matrices.y, transposed(b, matrices.b)]);
    const db = needs[1] && weightGradient(b, matrices.a, matrices.y, b.dims(matrices.b));
    return [
      da ? reshape(b, sumTo(b, da, b.dims(matrices.a)), left) : null,
      db ? reshape(b, db, right) : null,
    ];
  },
};

/** `aᵀ dy`; where the right operand is one matrix for the whole batch, as a single product without sum. */
function weightGradient(b: TypedBuilder, a: Value, y: Value, dims: readonly number[]): Value {
  if (dims.length === 2) {
    const [inner, outer] = dims as [number, number];
    const flat = reshape(b, a, [b.size(a) / inner, inner]);
    return b.op('MatMul', [transposed(b, flat), reshape(b, y, [b.size(y) / outer, outer])]);
  }
  return sumTo(b, b.op('MatMul', [transposed(b, a), y]), dims);
}
