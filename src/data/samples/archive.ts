import { inputError } from '../../errors.js';
import type { Npz } from '../npz.js';
import { quoted, shown } from '../text.js';
import { type ExpectedInput, nameList, usageError } from './expected.js';
import type { Note } from './fit.js';

const positional = /^arr_\d+$/;

/** Which array is which input: by name, by position where they are called arr_0, arr_1 …, or the only one. */
function matches(
  names: readonly string[],
  inputs: readonly ExpectedInput[],
): Map<ExpectedInput, string> {
  const named = inputs.filter(({ name }) => names.includes(name));
  if (named.length > 0) return new Map(named.map((input) => [input, input.name]));
  if (names.every((name) => positional.test(name))) {
    const pairs = inputs.map((input, i) => [input, `arr_${i}`] as const);
    return new Map(pairs.filter(([, array]) => names.includes(array)));
  }
  const [input, array] = [inputs[0], names[0]];
  const only = inputs.length === 1 && names.length === 1;
  return new Map(only && input && array !== undefined ? [[input, array]] : []);
}

/** How messages call an array in an archive. */
export const memberName = (path: string, array: string): string => `'${shown(array)}' in ${path}`;

/**
 * Names of the arrays of an archive by the inputs that they are for.
 * @throws ReparamError when there is none for any input.
 */
export function arraysByInput(
  { names }: Npz,
  path: string,
  inputs: readonly ExpectedInput[],
  note: Note,
): ReadonlyMap<ExpectedInput, string> {
  const found = matches(names, inputs);
  if (found.size === 0) {
    const expected = `the inputs of the model are ${nameList(inputs)}`;
    throw inputError(`${path} holds ${quoted(names)}, but ${expected}`, { at: path });
  }
  const used = new Set(found.values());
  const unused = names.filter((name) => !used.has(name));
  if (unused.length > 0) note(`${path} also holds ${quoted(unused)}, which no input takes`);
  return found;
}

/** The same where every input needs an array. @throws ReparamError when one has none. */
export function allArraysByInput(
  npz: Npz,
  path: string,
  inputs: readonly ExpectedInput[],
  note: Note,
): ReadonlyMap<ExpectedInput, string> {
  const found = arraysByInput(npz, path, inputs, note);
  const missing = inputs.filter((input) => !found.has(input));
  if (missing.length === 0) return found;
  throw inputError(`${path} holds no array for input ${nameList(missing)}`, { at: path });
}

/** The one input of the model. @throws ReparamError when it has several, or none. */
export function onlyInput(inputs: readonly ExpectedInput[], path: string): ExpectedInput {
  const [input] = inputs;
  if (input && inputs.length === 1) return input;
  throw usageError(
    `the model has ${inputs.length} inputs (${nameList(inputs)}), and ${path} does not tell which it is for`,
    'give --input name=file for each, or an .npz file with an array for each',
  );
}
