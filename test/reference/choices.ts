import fc from 'fast-check';

/**
 * Answers questions from a list of numbers that fast-check draws: the first option is the plainest, and so is what a
 * shrunken list, or one that has run out, decides for.
 */
export class Choices {
  readonly #numbers: readonly number[];
  #next = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** A whole number from 0 to `limit − 1`. */
  below(limit: number): number {
    return (this.#numbers[this.#next++] ?? 0) % limit;
  }

  of<T>(...options: readonly [T, ...T[]]): T {
    return options[this.below(options.length)] as T;
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.below(times) === times - 1;
  }

  /** A number from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }
}

/** Lists of `length` numbers to choose by. */
export const choiceNumbers = (length: number): fc.Arbitrary<number[]> =>
  fc.array(fc.nat({ max: 5039 }), { minLength: length, maxLength: length });
