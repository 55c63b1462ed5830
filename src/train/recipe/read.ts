import {
  type Document,
  isMap,
  isNode,
  isScalar,
  LineCounter,
  type Pair,
  parseDocument,
  type YAMLMap,
} from 'yaml';
import { fileBytes } from '../../data/files.js';
import { shown } from '../../data/text.js';
import { inputError, ReparamError } from '../../errors.js';
import { nearestNames } from '../../models/nearest-names.js';
import { accepts, describeKind } from './field.js';
import { fieldOf, type Recipe, type RecipeName, recipeNames } from './recipe.js';

/** Recipes are written by people: whatever is larger is none. */
const longestRecipe = 2 ** 20;

const isName = (name: string): name is RecipeName =>
  recipeNames.some((candidate) => candidate === name);

/** @throws ReparamError for a name that no option has, with the one that is spelled most alike. */
export function requireName(name: string, at: string): RecipeName {
  if (isName(name)) return name;
  const [nearest] = nearestNames(name, recipeNames, 1);
  throw inputError(`${at}: there is no option '${shown(name)}'`, {
    at,
    hint: `did you mean '${nearest}'?`,
  });
}

/** JSON would print NaN as null. */
const printed = (value: unknown): string =>
  typeof value === 'object' ? JSON.stringify(value) : String(value);

/** @throws ReparamError for a value that the option does not take. */
export function requireValue(name: RecipeName, value: unknown, at: string): unknown {
  const { kind, optional } = fieldOf(name);
  if (accepts(kind, value) || (optional && value === null)) return value;
  const found = typeof value === 'string' ? `'${value}'` : printed(value);
  throw inputError(`${at}: ${name} must be ${describeKind(kind)}, not ${shown(found)}`, { at });
}

interface Parsed {
  readonly document: Document;
  /** Null for an empty text. */
  readonly map: YAMLMap | null;
  /** The line, counted from 1, of a place in the text. */
  lineOf(offset: number): number;
}

function parsed(text: string, at: string): Parsed {
  const lineCounter = new LineCounter();
  const lineOf = (offset: number): number => lineCounter.linePos(offset).line;
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const { contents, errors } = document;
  const [error] = errors;
  if (error) {
    const place = `${at}:${lineOf(error.pos[0])}`;
    throw inputError(`${place}: no valid YAML or JSON: ${shown(error.message)}`, { at: place });
  }
  if (contents === null || isMap(contents)) return { document, map: contents, lineOf };
  throw inputError(`${at} holds no recipe: a recipe has lines such as 'lr: 0.1'`, { at });
}

function readOption(pair: Pair, { document, lineOf }: Parsed, at: string): [RecipeName, unknown] {
  const { key, value } = pair;
  const place = isNode(key) && key.range ? `${at}:${lineOf(key.range[0])}` : at;
  const name = requireName(String(isScalar(key) ? key.value : key), place);
  return [name, requireValue(name, isNode(value) ? value.toJS(document) : value, place)];
}

/**
 * The options that a recipe gives, in YAML or JSON.
 * @param at the file's name for messages.
 * @throws ReparamError for text that is neither, for options that do not exist and for values that they do not take,
 * with the line.
 */
export function parseRecipe(text: string, at: string): Partial<Recipe> {
  try {
    const recipe = parsed(text, at);
    const options = (recipe.map?.items ?? []).map((pair) => readOption(pair, recipe, at));
    return Object.fromEntries(options) as Partial<Recipe>;
  } catch (cause) {
    if (cause instanceof ReparamError) throw cause;
    throw inputError(`${at} holds no recipe: ${shown((cause as Error).message)}`, { at, cause });
  }
}

/** Reads a recipe's file. @throws ReparamError as `parseRecipe` does, and for a file that cannot be read. */
export async function readRecipe(path: string): Promise<Partial<Recipe>> {
  const bytes = await fileBytes(path);
  if (bytes.length > longestRecipe)
    throw inputError(`${path} is too large for a recipe`, { at: path });
  return parseRecipe(new TextDecoder().decode(bytes), path);
}
