import { branchTypes } from '../../src/branches/index.js';
import { markdownTable } from './tables.js';

/** Block types that layers can be expanded into, from the registry. */
export const branchTable = (): string =>
  markdownTable(
    ['Block', 'Of', 'Branches', 'Source'],
    branchTypes.map(({ name, operator, description, source }) => [
      name,
      operator,
      description,
      source,
    ]),
  );
