import { ReparamError } from '../../errors.js';
import type { Kind } from './field.js';
import { flagName } from './flag-name.js';
import { requireValue } from './read.js';
import { fieldOf, type Recipe, type RecipeName } from './recipe.js';

/** The value that a text means; the text itself where it means none. */
function meant(kind: Kind, text: string): unknown {
  switch (kind.type) {
    case 'number':
      return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
    case 'flag':
      return text === 'true' || (text === 'false' ? false : text);
    case 'list':
      return text === '' ? [] : text.split(',').map((item) => meant(kind.item, item.trim()));
    case 'text':
    case 'choice':
      return text;
  }
}

function asUsage(cause: unknown, name: RecipeName): unknown {
  if (!(cause instanceof ReparamError)) return cause;
  return new ReparamError('usage', cause.message, { at: flagName(name), cause });
}

/**
 * Reads an option's value from the command line: values of lists are separated by commas; an option that may be left
 * open is so with `none`.
 * @throws ReparamError ('usage') for a value that the option does not take.
 */
export function optionFromText<K extends RecipeName>(name: K, text: string): Recipe[K] {
  const { kind, optional } = fieldOf(name);
  const value = optional && text === 'none' ? null : meant(kind, text);
  try {
    return requireValue(name, value, flagName(name)) as Recipe[K];
  } catch (error) {
    throw asUsage(error, name);
  }
}
