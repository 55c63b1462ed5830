import { shown } from '../data/text.js';
import { inputError } from '../errors.js';
import { modelBuilders } from '../models/index.js';
import { nearestNames } from '../models/nearest-names.js';
import { isModelFile } from '../train/loop/source-model.js';
import { fieldOf, type Recipe, type RecipeName, recipeNames } from '../train/recipe/index.js';
import { requireName, requireValue } from '../train/recipe/read.js';
import { type Axis, axes, type StudyEntry } from './study.js';

/** Options that the lists of a study give, each with the list. */
const listed: Partial<Record<RecipeName, string>> = {
  ...Object.fromEntries(Object.entries(axes).map(([list, option]) => [option, list])),
  seed: 'seeds',
};

/** What a file holds under names. */
export type Mapping = Readonly<Record<string, unknown>>;

export const isMapping = (value: unknown): value is Mapping =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `batch-size` is what the command line calls batchSize. */
export const recipeSpelling = (name: string): string => {
  const joined = name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
  return recipeNames.some((known) => known === joined) ? joined : name;
};

/**
 * Options of training out of a file.
 * @param own the option of the list that they are an entry of, null for none
 * @throws ReparamError for an option that does not exist, or has its place elsewhere, and for a value that it does not take.
 */
export function readOptions(
  mapping: Mapping,
  at: string,
  own: RecipeName | null = null,
): Partial<Recipe> {
  const options = Object.entries(mapping).map(([key, value]) => {
    const name = requireName(recipeSpelling(key), at);
    const list = listed[name];
    if (name !== own && list !== undefined) {
      throw inputError(`${at}: '${name}' stands in the list '${list}' of a study`, { at });
    }
    return [name, requireValue(name, value, at)] as const;
  });
  return Object.fromEntries(options) as Partial<Recipe>;
}

/** `cifar10:DIR` is called cifar10, and `nets/small.onnx` small. */
function usualName(axis: Axis, value: string): string {
  if (axis === 'methods') return value;
  if (axis === 'data') return value.split(':')[0] ?? value;
  return (value.split(/[\\/]/).at(-1) ?? value).replace(/\.onnx$/i, '');
}

function requireMethod(method: string, at: string): void {
  const { kind } = fieldOf('method');
  const known = kind.type === 'choice' ? kind.values : [];
  if (known.includes(method)) return;
  const [nearest] = nearestNames(method, known, 1);
  const hint = `did you mean '${nearest}'?`;
  throw inputError(`${at}: there is no method '${shown(method)}'`, { at, hint });
}

function requireModel(model: string, at: string): void {
  if (isModelFile(model)) return;
  const names = modelBuilders.map(({ name }) => name);
  if (names.includes(model)) return;
  const [nearest] = nearestNames(model, names, 1);
  const hint = `did you mean '${nearest}'? ONNX files end in .onnx`;
  throw inputError(`${at}: there is no model '${shown(model)}'`, { at, hint });
}

function readEntry(axis: Axis, value: unknown, at: string): StudyEntry {
  const option = axes[axis];
  if (typeof value !== 'string' && !isMapping(value)) {
    const found = shown(JSON.stringify(value) ?? 'nothing');
    throw inputError(`${at}: ${axis} holds names, and mappings with a name; not ${found}`, { at });
  }
  const mapping: Mapping = typeof value === 'string' ? { [option]: value } : value;
  const { name, ...others } = mapping;
  const given = others[option] ?? name;
  if (typeof given !== 'string' || given === '') {
    throw inputError(`${at}: an entry of ${axis} says neither name nor ${option}`, { at });
  }
  const label = name ?? usualName(axis, given);
  if (typeof label !== 'string' || label.trim() === '') {
    throw inputError(`${at}: the name of an entry of ${axis} must be a text`, { at });
  }
  const place = `${at}: ${axis}, '${shown(label)}'`;
  if (axis === 'methods') requireMethod(given, at);
  if (axis === 'models') requireModel(given, at);
  return { name: label, options: readOptions({ ...others, [option]: given }, place, option) };
}

export function readList(axis: Axis, value: unknown, at: string): StudyEntry[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  const entries = values.map((entry) => readEntry(axis, entry, at));
  const names = entries.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice === undefined) return entries;
  throw inputError(`${at}: two entries of ${axis} have the name '${shown(twice)}'`, {
    at,
    hint: `give one of them another name: {name: …, ${axes[axis]}: …}`,
  });
}
