import { inputError } from '../../errors.js';
import { learningRate } from '../../optimizers/schedules/index.js';
import type { JsonObject, JsonValue } from '../json.js';
import { type Field, schemaOf } from './field.js';
import { recipeFields } from './fields/index.js';

type Fields = typeof recipeFields;

/** Every training option with its value. */
export type Recipe = {
  readonly [K in keyof Fields]: Fields[K] extends Field<infer T> ? T : never;
};

export type RecipeName = keyof Recipe;

export const recipeNames = Object.keys(recipeFields) as readonly RecipeName[];

export const fieldOf = (name: RecipeName): Field<JsonValue> => recipeFields[name];

export const defaultRecipe = Object.fromEntries(
  recipeNames.map((name) => [name, recipeFields[name].default]),
) as Recipe;

/** Options that make no sense together. */
function checkTogether(recipe: Recipe): void {
  const { optimizer, nesterov, momentum, dampening, loss, labelSmoothing } = recipe;
  if (optimizer === 'sgd' && nesterov && (momentum === 0 || dampening !== 0)) {
    throw inputError('nesterov needs momentum above 0 and dampening 0');
  }
  if (labelSmoothing > 0 && loss !== 'crossentropy') {
    throw inputError(`labelSmoothing belongs to the loss 'crossentropy', not to '${loss}'`);
  }
  const { classes, classWeights } = recipe;
  if (classes !== null && classWeights.length > 0 && classWeights.length !== classes) {
    throw inputError(`${classWeights.length} classWeights are given for ${classes} classes`);
  }
  const { engine, device } = recipe;
  if (engine !== 'onnxruntime' && device !== 'cpu') {
    throw inputError(
      `the engine '${engine}' chooses its device itself, and cannot be told '${device}'`,
    );
  }
  const { lr, epochs } = recipe;
  learningRate(recipe.schedule, { lr, epochs, stepsPerEpoch: 1 }, recipe);
}

/**
 * A recipe with a value for every option. Of options given several times, the last one counts: first those of a file,
 * then those of the command line.
 * @throws ReparamError for options that make no sense together.
 */
export function completeRecipe(...given: readonly Partial<Recipe>[]): Recipe {
  const recipe: Recipe = Object.assign({}, defaultRecipe, ...given);
  checkTogether(recipe);
  return recipe;
}

/** A JSON Schema (2020-12) of recipe files, for editors. */
export function recipeSchema(): JsonObject {
  const properties = Object.fromEntries(
    recipeNames.map((name) => {
      const { kind, optional, default: otherwise, doc } = fieldOf(name);
      const schema = schemaOf(kind);
      const values = optional ? { anyOf: [schema, { type: 'null' }] } : schema;
      return [name, { description: doc, default: otherwise, ...values }];
    }),
  );
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Training recipe of onnx-reparam',
    type: 'object',
    properties,
    additionalProperties: false,
  };
}
