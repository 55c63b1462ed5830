import { ReparamError } from '../../errors.js';

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

/** @throws ReparamError naming the pattern that matches none of the names. */
export function requireMatches(patterns: readonly string[], names: readonly string[]): void {
  for (const pattern of patterns) {
    const matches = namePatterns([pattern]);
    if (names.some(matches)) continue;
    const some = names.slice(0, 3).join(', ');
    throw new ReparamError('usage', `no parameter's name matches '${pattern}'`, {
      hint: `the model's parameters are named ${some}${names.length > 3 ? ' …' : ''}`,
    });
  }
}
