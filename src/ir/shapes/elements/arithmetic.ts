import type { DataType } from '../../../tensor/index.js';
import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { maxElements, quotient, sum } from '../dims.js';
import { smallDims } from '../table.js';
import { broadcastTo } from './arrays.js';
import { isInteger, represent } from './numbers.js';
import type { ElementRule, Target } from './rule.js';

type Combine = (a: Dim, b: Dim, dtype: DataType) => Dim;

/** Elements of an input, broadcast to the shape of the output. */
export function broadcastInput(
  context: NodeContext,
  index: number,
  target: Target,
): readonly Dim[] | null {
  const elements = context.elements(index);
  const from = elements && smallDims(context.type(index));
  return from ? broadcastTo(elements, from, target.dims) : null;
}

/** Extends a function of numbers to lengths that are symbols or unknown. */
const numeric =
  (combine: (a: number, b: number, dtype: DataType) => number): Combine =>
  (a, b, dtype) =>
    typeof a === 'number' && typeof b === 'number' ? represent(dtype, combine(a, b, dtype)) : null;

const divide = numeric((a, b, dtype) => (isInteger(dtype) ? Math.trunc(a / b) : a / b));

/** Symbols stand for lengths, which are never negative. */
function equal(a: Dim, b: Dim): Dim {
  if (a === null || b === null) return null;
  // Beyond 2^53 two different integers may have been read as the same number.
  if (a === b) return Math.abs(Number(a)) > Number.MAX_SAFE_INTEGER ? null : 1;
  if (typeof a === 'number' && typeof b === 'number') return 0;
  return Number(a) < 0 || Number(b) < 0 ? 0 : null;
}

const either =
  (choose: (...values: number[]) => number): Combine =>
  (a, b) =>
    a === b ? a : typeof a === 'number' && typeof b === 'number' ? choose(a, b) : null;

const add = numeric((a, b) => a + b);
const multiply = numeric((a, b) => a * b);

const operators: Readonly<Record<string, Combine>> = {
  Add: (a, b, dtype) => add(a, b, dtype) ?? symbolic(sum([a, b])),
  Sub: (a, b, dtype) => (b === 0 ? a : numeric((x, y) => x - y)(a, b, dtype)),
  Mul: (a, b, dtype) => multiply(a, b, dtype) ?? symbolic(quotient([a, b])),
  Div: (a, b, dtype) => (b === 1 ? a : divide(a, b, dtype)),
  Mod: numeric((a, b) => (b === 0 ? Number.NaN : a - b * Math.floor(a / b))),
  Max: either(Math.max),
  Min: either(Math.min),
  Sum: (a, b, dtype) => add(a, b, dtype) ?? symbolic(sum([a, b])),
  Equal: equal,
  Greater: numeric((a, b) => Number(a > b)),
  GreaterOrEqual: numeric((a, b) => Number(a >= b)),
  Less: numeric((a, b) => Number(a < b)),
  LessOrEqual: numeric((a, b) => Number(a <= b)),
  And: numeric((a, b) => Number(a !== 0 && b !== 0)),
  Or: numeric((a, b) => Number(a !== 0 || b !== 0)),
};

/** Keeps a symbol: a number that the element type cannot hold stays unknown. */
const symbolic = (dim: Dim): Dim => (typeof dim === 'string' ? dim : null);

const nary: ElementRule = {
  opTypes: Object.keys(operators),
  elements(context, target) {
    const { node } = context;
    const combine = operators[node.opType];
    // fmod takes the sign of the dividend, and only makes a difference for Mod.
    if (!combine || node.int('fmod', 0) !== 0) return null;
    if (node.inputs.length * target.size > 16 * maxElements) return null;
    let result = broadcastInput(context, 0, target);
    for (let i = 1; i < node.inputs.length && result; i++) {
      const operand = broadcastInput(context, i, target);
      result = operand && result.map((a, j) => combine(a, operand[j] ?? null, target.dtype));
    }
    return result;
  },
};

const where: ElementRule = {
  opTypes: ['Where'],
  elements(context, target) {
    const condition = broadcastInput(context, 0, target);
    if (!condition) return null;
    const yes = broadcastInput(context, 1, target);
    const no = broadcastInput(context, 2, target);
    return condition.map((holds, i) => {
      const [a = null, b = null] = [yes?.[i], no?.[i]];
      if (holds === null) return a === b ? a : null;
      return holds === 0 ? b : a;
    });
  },
};

const functions: Readonly<Record<string, (value: number) => number>> = {
  Neg: (value) => -value || 0,
  Abs: Math.abs,
  Floor: Math.floor,
  Ceil: Math.ceil,
  Not: (value) => Number(value === 0),
};

/** These leave a length, which is whole and not negative, as it is. */
const keepsLengths = new Set(['Abs', 'Floor', 'Ceil']);

const unary: ElementRule = {
  opTypes: Object.keys(functions),
  elements(context, target) {
    const { opType } = context.node;
    const apply = functions[opType];
    if (!apply) return null;
    return (
      context.elements(0)?.map((value) => {
        if (typeof value !== 'number') return keepsLengths.has(opType) ? value : null;
        return represent(target.dtype, apply(value));
      }) ?? null
    );
  },
};

/** Types that hold every length that matters exactly. */
const wide: readonly DataType[] = ['int32', 'int64', 'uint32', 'uint64', 'float32', 'float64'];

const cast: ElementRule = {
  opTypes: ['Cast', 'CastLike'],
  elements(context, { dtype }) {
    const convert = (value: Dim): Dim => {
      if (typeof value !== 'number') return wide.includes(dtype) ? value : null;
      return represent(dtype, isInteger(dtype) ? Math.trunc(value) : value);
    };
    return context.elements(0)?.map(convert) ?? null;
  },
};

export const arithmeticElements: readonly ElementRule[] = [nary, where, unary, cast];
