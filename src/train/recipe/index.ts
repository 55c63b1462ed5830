export {
  type ChangedOption,
  changeableOptions,
  changedOptions,
  describeChange,
} from './changeable.js';
export { describeKind, type Field, type Kind } from './field.js';
export { recipeFields } from './fields/index.js';
export { flagName } from './flag-name.js';
export { optionFromText } from './flags.js';
export { parseRecipe, readRecipe, requireName, requireValue } from './read.js';
export {
  completeRecipe,
  defaultRecipe,
  fieldOf,
  type Recipe,
  type RecipeName,
  recipeNames,
  recipeSchema,
} from './recipe.js';
