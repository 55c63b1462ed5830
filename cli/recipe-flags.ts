import { type Command, Option } from 'commander';
import type { JsonValue } from '../src/train/json.js';
import type { Field } from '../src/train/recipe/field.js';
import { recipeFields } from '../src/train/recipe/fields/index.js';
import { flagName } from '../src/train/recipe/flag-name.js';
import type { Recipe, RecipeName } from '../src/train/recipe/index.js';

const names = Object.keys(recipeFields) as RecipeName[];

const shownDefault = (value: JsonValue): string =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0)
    ? ''
    : ` (${Array.isArray(value) ? value.join(',') : String(value)})`;

/** Adds a flag for every option of a recipe; their values are texts until they are read. */
export function addRecipeFlags(command: Command): void {
  for (const name of names) {
    const field: Field<JsonValue> = recipeFields[name];
    const { kind } = field;
    const value = kind.type === 'flag' ? '[true|false]' : '<value>';
    const values = kind.type === 'choice' ? `: ${kind.values.join(', ')}` : '';
    const help = `${field.doc}${values}${shownDefault(field.default)}`;
    const option = new Option(`${flagName(name)} ${value}`, help);
    command.addOption(kind.type === 'flag' ? option.preset('true') : option);
  }
}

/** The options of a recipe among those that commander has read. */
export async function recipeFrom(
  flags: Readonly<Record<string, unknown>>,
): Promise<Partial<Recipe>> {
  const { optionFromText } = await import('../src/train/recipe/index.js');
  const given = names.filter((name) => typeof flags[name] === 'string');
  return Object.fromEntries(
    given.map((name) => [name, optionFromText(name, flags[name] as string)]),
  );
}
