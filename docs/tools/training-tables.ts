import { constantOps, gradientRules } from '../../src/autodiff/index.js';
import { augmentations } from '../../src/data/augment/index.js';
import { datasets } from '../../src/data/datasets/index.js';
import { modelBuilders } from '../../src/models/index.js';
import { optimizerTypes } from '../../src/optimizers/index.js';
import { schedules } from '../../src/optimizers/schedules/index.js';
import { losses } from '../../src/train/losses/index.js';
import { trainingMethods } from '../../src/train/methods/index.js';
import { describeKind, fieldOf, flagName, recipeNames } from '../../src/train/recipe/index.js';
import { type Generators, markdownTable } from './tables.js';

const shown = (value: unknown): string =>
  value === null || value === '' ? '' : Array.isArray(value) ? value.join(',') : String(value);

const sorted = (names: readonly string[]): string => [...names].sort().join(', ');

const augmentationUse = (
  name: string,
  parameters: readonly { readonly name: string }[],
): string => {
  const values = parameters.map((parameter) => parameter.name.toUpperCase()).join(':');
  return values === '' ? name : `${name}=${values}`;
};

/** Tables of what a model can be trained with, from the registries. */
export const trainingTables: Generators = {
  'gradient-rules': () =>
    [
      sorted(gradientRules.flatMap(({ opTypes }) => opTypes)),
      `Zero by definition: ${sorted(constantOps)}`,
    ].join('.\n\n'),
  models: () =>
    markdownTable(
      ['Name', 'Network', 'Source'],
      modelBuilders.map(({ name, description, source }) => [name, description, source]),
    ),
  datasets: () =>
    markdownTable(
      ['Name', 'Data', 'Where', 'Licence'],
      datasets.map(({ name, title, location, licence }) => [name, title, location, licence]),
    ),
  augmentations: () =>
    markdownTable(
      ['Write', 'What it does', 'As in'],
      augmentations.map(({ name, parameters, summary, source }) => [
        augmentationUse(name, parameters),
        summary,
        source,
      ]),
    ),
  'losses-and-optimizers': () =>
    markdownTable(
      ['Option', 'Value', 'As in'],
      [
        ...losses.map(({ name, source }) => ['--loss', name, source]),
        ...optimizerTypes.map(({ name, source }) => ['--optimizer', name, source]),
        ...schedules.map(({ name, source }) => ['--schedule', name, source]),
      ],
    ),
  methods: () =>
    markdownTable(
      ['--method', 'What it is', 'Source'],
      trainingMethods.map(({ name, description, source }) => [name, description, source]),
    ),
  'recipe-options': () =>
    markdownTable(
      ['Flag', 'In a recipe', 'What it is', 'Values', 'Default'],
      recipeNames.map((name) => {
        const { doc, kind, default: otherwise } = fieldOf(name);
        return [flagName(name), name, doc, describeKind(kind), shown(otherwise)];
      }),
    ),
};
