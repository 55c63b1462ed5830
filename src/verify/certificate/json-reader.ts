import { inputError } from '../../errors.js';

/** Reads one value of a parsed JSON document. @throws ReparamError, naming it as `at`, when it is of another kind. */
export type Reader<T> = (value: unknown, at: string) => T;

const wrong = (at: string, expected: string): Error =>
  inputError(`${at} is not ${expected}`, { at, hint: 'the file is damaged or of another kind' });

export const text: Reader<string> = (value, at) => {
  if (typeof value !== 'string') throw wrong(at, 'a text');
  return value;
};

export const flag: Reader<boolean> = (value, at) => {
  if (typeof value !== 'boolean') throw wrong(at, 'true or false');
  return value;
};

/** A count, length, magnitude or error. */
export const amount: Reader<number> = (value, at) => {
  if (typeof value !== 'number' || !(value >= 0 && value < Number.POSITIVE_INFINITY)) {
    throw wrong(at, 'a number, 0 or more');
  }
  return value;
};

export const oneOf =
  <T extends string>(...options: readonly T[]): Reader<T> =>
  (value, at) => {
    const found = options.find((option) => option === value);
    if (found === undefined) throw wrong(at, options.map((option) => `'${option}'`).join(' or '));
    return found;
  };

export const listOf =
  <T>(item: Reader<T>): Reader<readonly T[]> =>
  (value, at) => {
    if (!Array.isArray(value)) throw wrong(at, 'a list');
    return value.map((element, i) => item(element, `${at}[${i}]`));
  };

/** Fields that nobody asks for are left out. */
export const record =
  <T extends object>(fields: { readonly [K in keyof T]: Reader<T[K]> }): Reader<T> =>
  (value, at) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw wrong(at, 'an object');
    }
    const given = new Map<string, unknown>(Object.entries(value));
    const entries = Object.entries<Reader<unknown>>(fields).map(
      ([name, read]) => [name, read(given.get(name), `${at}.${name}`)] as const,
    );
    return Object.fromEntries(entries) as T;
  };
