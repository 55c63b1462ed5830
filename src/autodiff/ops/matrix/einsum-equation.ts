import { inputError } from '../../../errors.js';

/** Two axes of an operand that have the same index. */
export interface Diagonal {
  /** The label of the first axis and that of the second, which got one of its own. */
  readonly labels: string;
  readonly operand: number;
  readonly axis: number;
}

/** An equation of Einsum with one letter for each axis, all different within an operand. */
export interface Contraction {
  readonly terms: readonly string[];
  readonly result: string;
  readonly diagonals: readonly Diagonal[];
}

const alphabet = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** Without '->' the result has the ellipsis, then the labels that occur once, in alphabetical order. */
function implicitResult(terms: readonly string[]): string {
  const all = [...terms.join('').replaceAll('...', '')];
  const once = all.filter((label) => all.indexOf(label) === all.lastIndexOf(label)).sort();
  return (terms.some((term) => term.includes('...')) ? '...' : '') + once.join('');
}

/**
 * Reads an equation: every ellipsis is spelled out, and labels that an operand has twice are told apart.
 * @param ranks of the operands
 * @throws ReparamError when it needs more than 52 labels
 */
export function contractionOf(equation: string, ranks: readonly number[]): Contraction {
  const [left = '', right] = equation.replaceAll(' ', '').split('->');
  const written = left.split(',');
  const unused = alphabet.filter((letter) => !equation.includes(letter));
  const fresh = (): string => {
    const letter = unused.shift();
    if (letter) return letter;
    throw inputError(`the Einsum equation '${equation}' has too many labels for a gradient`);
  };
  const hidden = written.map((term, i) =>
    term.includes('...') ? (ranks[i] as number) - (term.length - 3) : 0,
  );
  const ellipsis = Array.from({ length: Math.max(0, ...hidden) }, fresh);
  // Axes under an ellipsis are aligned from the last one.
  const spelled = (term: string, count: number): string =>
    term.replace('...', ellipsis.slice(ellipsis.length - count).join(''));
  const diagonals: Diagonal[] = [];
  const terms = written.map((term, operand) =>
    [...spelled(term, hidden[operand] as number)]
      .map((label, axis, labels) => {
        if (labels.indexOf(label) === axis) return label;
        const other = fresh();
        diagonals.push({ labels: label + other, operand, axis });
        return other;
      })
      .join(''),
  );
  return { terms, result: spelled(right ?? implicitResult(written), ellipsis.length), diagonals };
}
