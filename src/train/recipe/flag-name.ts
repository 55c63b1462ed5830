import type { RecipeName } from './recipe.js';

/** The command line's name of an option: `--batch-size` for batchSize. */
export const flagName = (name: RecipeName): string =>
  `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
