import { theorems } from '../../src/train/theorems/index.js';
import { markdownTable } from './tables.js';

/** The statements that `reparam theorems` tests, and what is expected of them. */
export const theoremTable = (): string =>
  markdownTable(
    ['', 'Statement', 'Expected'],
    theorems.map(({ id, statement, expected }) => [
      id,
      statement,
      expected.kind === 'exact'
        ? 'exact'
        : `fails${expected.about === null ? '' : `, about ${expected.about}`}`,
    ]),
  );
