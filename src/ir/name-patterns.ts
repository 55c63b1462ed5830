import { ReparamError } from '../errors.js';

/**
 * A test for names by patterns: `*` stands for any characters, and a pattern also matches what lies below it
 * (`layer1` matches `layer1.0.conv1.weight`).
 */
export function namePatterns(patterns: readonly string[]): (name: string) => boolean {
  const expressions = patterns.map((pattern) => {
    const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}($|[./].*$)`);
  });
  return (name) => expressions.some((expression) => expression.test(name));
}

/**
 * Checks that each pattern matches something.
 * @param names those of each thing; the first is shown
 * @param what the things are, such as `parameter`
 * @throws ReparamError ('usage') naming the pattern that matches none of the names.
 */
export function requireMatches(
  patterns: readonly string[],
  names: readonly (readonly string[])[],
  what: string,
): void {
  for (const pattern of patterns) {
    const matches = namePatterns([pattern]);
    if (names.some((own) => own.some(matches))) continue;
    const some = names.slice(0, 3).map(([name]) => name);
    throw new ReparamError('usage', `no ${what} is named '${pattern}'`, {
      hint:
        some.length > 0
          ? `the model's are named ${some.join(', ')}${names.length > 3 ? ' …' : ''}`
          : 'the model has none',
    });
  }
}
