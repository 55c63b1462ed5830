import type { Dim } from '../../value.js';
import { broadcast, typed } from '../dims.js';
import type { TypeRule } from './rule.js';

/** Subscripts of one operand, its ellipsis written as a single '.'. */
const normalize = (term: string): string => term.replaceAll('...', '.');

/** Without '->' the result has the ellipsis first, then the labels that occur once, in alphabetical order. */
function implicitOutput(terms: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const label of terms.join('')) counts.set(label, (counts.get(label) ?? 0) + 1);
  const once = [...counts.keys()].filter((label) => label !== '.' && counts.get(label) === 1);
  return (counts.has('.') ? '.' : '') + once.sort().join('');
}

class Labels {
  readonly lengths = new Map<string, Dim>();
  ellipsis: Dim[] | null = [];

  /** @returns false when the operand does not fit its subscripts. */
  read(term: string, shape: readonly Dim[]): boolean {
    const free = shape.length - term.replace('.', '').length;
    if (free < 0 || (free > 0 && !term.includes('.'))) return false;
    let at = 0;
    for (const label of term) {
      if (label === '.') {
        this.ellipsis = broadcast([this.ellipsis, shape.slice(at, at + free)]);
        at += free;
      } else if (!this.#merge(label, shape[at++] ?? null)) return false;
    }
    return this.ellipsis !== null;
  }

  #merge(label: string, dim: Dim): boolean {
    const merged = broadcast([[this.lengths.get(label) ?? 1], [dim]]);
    if (merged) this.lengths.set(label, merged[0] ?? null);
    return merged !== null;
  }
}

function contract(equation: string, shapes: readonly (readonly Dim[] | null)[]): Dim[] | null {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const terms = left.split(',').map(normalize);
  if (terms.length !== shapes.length) return null;
  const labels = new Labels();
  for (const [i, term] of terms.entries()) {
    const shape = shapes[i];
    if (!shape || !labels.read(term, shape)) return null;
  }
  const output = right === undefined ? implicitOutput(terms) : normalize(right);
  const { ellipsis, lengths } = labels;
  return [...output].flatMap((label) =>
    label === '.' ? (ellipsis ?? []) : [lengths.get(label) ?? null],
  );
}

const einsum: TypeRule = {
  opTypes: ['Einsum'],
  infer(context) {
    const shapes = context.node.inputs.map((_, i) => context.shape(i));
    return [typed(context.dtype(0), contract(context.node.string('equation', ''), shapes))];
  },
};

export const einsumRules: readonly TypeRule[] = [einsum];
