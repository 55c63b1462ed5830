import type { Recipe, RecipeName } from './recipe.js';

/** What may change when a run goes on: all else would make it another run. */
export const changeableOptions: readonly RecipeName[] = [
  'epochs',
  'workers',
  'engine',
  'device',
  'keep',
  'checkpointEvery',
];

/** An option that two recipes give different values. */
export interface ChangedOption {
  readonly option: RecipeName;
  readonly before: unknown;
  readonly now: unknown;
}

/** The options that make another run of one. @param changeable options that may differ */
export const changedOptions = (
  before: Recipe,
  now: Recipe,
  changeable: readonly RecipeName[] = changeableOptions,
): ChangedOption[] =>
  (Object.keys(now) as RecipeName[])
    .map((option) => ({ option, before: before[option], now: now[option] }))
    .filter(({ option }) => !changeable.includes(option))
    .filter((change) => JSON.stringify(change.before) !== JSON.stringify(change.now));

export const describeChange = ({ option, before, now }: ChangedOption): string =>
  `${option} was ${JSON.stringify(before)} and is ${JSON.stringify(now)}`;
