import type { Context } from './side.js';

/** What is expected of a measured error. */
export type Expectation =
  | { readonly kind: 'exact' }
  /** Fails by about so much, a factor of three either way; by anything that no rounding explains where it is null. */
  | { readonly kind: 'fails'; readonly about: number | null };

/** A statement about how networks learn, and its experiment. */
export interface Theorem {
  /** `T4b`: theorem 4, second experiment; controls, which must fail, begin with `C`. */
  readonly id: string;
  readonly statement: string;
  readonly expected: Expectation;
  /** Carries it out. @returns a relative error */
  measure(context: Context): Promise<number>;
}

type Measure = Theorem['measure'];

export const exact = (id: string, statement: string, measure: Measure): Theorem => ({
  id,
  statement,
  expected: { kind: 'exact' },
  measure,
});

/** @param about the relative error that the statement is wrong by */
export const fails = (
  id: string,
  statement: string,
  about: number | null,
  measure: Measure,
): Theorem => ({
  id,
  statement,
  expected: { kind: 'fails', about },
  measure,
});

const tolerance = 3;
const noRounding = 1e-2;

/** @param limit largest error of what is exact */
export function isAsExpected({ expected }: Theorem, error: number, limit: number): boolean {
  if (expected.kind === 'exact') return error <= limit;
  const { about } = expected;
  if (about === null) return error >= noRounding;
  return error >= about / tolerance && error <= about * tolerance;
}
