import type { Dim } from '../../value.js';
import { isKnown, quotient, sum } from '../dims.js';
import { isInteger, represent } from './numbers.js';
import type { ElementRule } from './rule.js';

const extreme =
  (choose: (...values: number[]) => number) =>
  (elements: readonly Dim[]): Dim =>
    isKnown(elements) && elements.length > 0 ? choose(...elements) : null;

const reductions: Readonly<Record<string, (elements: readonly Dim[]) => Dim>> = {
  ReduceProd: (elements) => quotient(elements),
  ReduceSum: (elements) => sum(elements),
  ReduceMax: extreme(Math.max),
  ReduceMin: extreme(Math.min),
};

/** Reductions of a whole integer tensor to one element; those of floats depend on the order of summation. */
const reduction: ElementRule = {
  opTypes: Object.keys(reductions),
  elements(context, target) {
    const elements = context.elements(0);
    const reduce = reductions[context.node.opType];
    if (!elements || !reduce || target.size !== 1 || !isInteger(target.dtype)) return null;
    const result = reduce(elements);
    return [typeof result === 'number' ? represent(target.dtype, result) : result];
  },
};

export const reductionElements: readonly ElementRule[] = [reduction];
