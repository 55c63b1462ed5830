import { linearOps } from '../../src/linear/index.js';
import { branchTable } from './branch-table.js';
import { dependencyTable } from './dependencies.js';
import { type Generators, markdownTable } from './tables.js';
import { tfjsTable } from './tfjs-tables.js';
import { theoremTable } from './theorem-table.js';
import { trainingTables } from './training-tables.js';

/** Every table that the documentation takes from the source. */
export const generators = (root: string): Generators => ({
  'linear-operators': linearOperatorTable,
  'branch-types': branchTable,
  theorems: theoremTable,
  'tfjs-imports': tfjsTable,
  ...trainingTables,
  'runtime-dependencies': () => dependencyTable(root, 'dependencies'),
  'development-dependencies': () => dependencyTable(root, 'devDependencies'),
});

const linearOperatorTable = (): string =>
  markdownTable(
    ['Operators', 'As an affine map', 'When'],
    linearOps.map(({ opTypes, rule, conditions }) => [opTypes.join(', '), rule, conditions]),
  );
