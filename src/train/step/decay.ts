import { namePatterns, type Value } from '../../ir/index.js';

/** Words of `noDecay` that stand for what a parameter is, not for its name. */
export const decayWords = ['norm', 'bias'] as const;

const isNorm = (parameter: Value): boolean =>
  [...parameter.users].some((node) => /Normalization$/.test(node.opType));

const isBias = (parameter: Value): boolean =>
  !isNorm(parameter) && (parameter.constant?.dims.length ?? 2) <= 1;

/**
 * Which parameters weight decay applies to.
 * @param noDecay those without: `norm` for scale and shift of normalizations, `bias` for all others of at most one axis,
 *   or patterns of names
 */
export function decayTest(noDecay: readonly string[]): (parameter: Value) => boolean {
  const isWord = (text: string): boolean => decayWords.some((word) => word === text);
  const spared = namePatterns(noDecay.filter((text) => !isWord(text)));
  const [norms, biases] = decayWords.map((word) => noDecay.includes(word));
  return (parameter) =>
    !spared(parameter.name) && !(norms && isNorm(parameter)) && !(biases && isBias(parameter));
}
