import type { Theorem, TheoremResult } from '../../src/train/theorems/index.js';
import { colorsFor } from './colors.js';
import { plural } from './format.js';
import { table } from './table.js';

const figure = (error: number): string => error.toExponential(1);

/** What the error should be: `≤ 1e-5`, `about 0.27`, `not small`. */
function expectedText({ expected }: Theorem, limit: number): string {
  if (expected.kind === 'exact') return `≤ ${limit.toExponential(0)}`;
  return expected.about === null ? 'not small' : `about ${expected.about}`;
}

const isExact = ({ theorem }: TheoremResult): boolean => theorem.expected.kind === 'exact';

function verdict(result: TheoremResult): string {
  const { green, red } = colorsFor(process.stdout);
  const [good, bad] = isExact(result)
    ? ['holds', 'does not hold']
    : ['fails, as it must', 'does not fail as it must'];
  return result.asExpected ? green(good) : red(bad);
}

function summary(results: readonly TheoremResult[]): string {
  const good = results.filter(({ asExpected }) => asExpected);
  const exact = good.filter(isExact).length;
  const controls = good.length - exact;
  const holding = `${plural(exact, 'exact line')} ${exact === 1 ? 'holds' : 'hold'}`;
  const failing = controls === 1 ? 'fails as it must' : 'fail as they must';
  return `${holding}, ${plural(controls, 'control')} ${failing}`;
}

/** What `reparam theorems` tells people. @param limit largest error of what is exact */
export function theoremsText(results: readonly TheoremResult[], limit: number): string {
  const { red } = colorsFor(process.stdout);
  const headings = ['', 'statement', '>error', 'expected', 'verdict'];
  const rows = results.map((result) => {
    const { theorem, error } = result;
    const expected = expectedText(theorem, limit);
    return [theorem.id, theorem.statement, figure(error), expected, verdict(result)];
  });
  const wrong = results.filter(({ asExpected }) => !asExpected).length;
  return [
    table(headings, rows),
    '',
    ...(wrong > 0 ? [red(`${plural(wrong, 'line')} not as expected`)] : []),
    summary(results),
  ].join('\n');
}
