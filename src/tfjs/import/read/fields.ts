import { inputError, type ReparamError } from '../../../errors.js';

type JsonObject = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const camelCase = (name: string): string =>
  name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** A keyword as TensorFlow.js compares it: `channels_last`, `channelsLast` and `CHANNELS_LAST` are the same. */
export const keyword = (text: string): string => text.replaceAll('_', '').toLowerCase();

/**
 * An object of a model.json. Names are asked for as Keras spells them (`data_format`); TensorFlow.js takes `dataFormat`
 * as well. What is null counts as absent. Every reader throws a ReparamError that names the file and the object.
 */
export class Fields {
  /** What the object is, for messages: `layer 'conv1'`. */
  readonly what: string;
  readonly file: string;
  readonly #object: JsonObject;

  constructor(object: unknown, what: string, file: string) {
    if (!isObject(object)) {
      throw inputError(`${file}: ${what} is no JSON object`, { at: file });
    }
    this.#object = object;
    this.what = what;
    this.file = file;
  }

  /** An error about this object; `problem` goes on from its name. */
  fault(problem: string, hint?: string): ReparamError {
    const message = `${this.file}: ${this.what} ${problem}`;
    return inputError(message, { at: this.file, ...(hint === undefined ? {} : { hint }) });
  }

  /** The raw value, undefined where it is absent. */
  get(name: string): unknown {
    const own = (key: string): unknown =>
      Object.hasOwn(this.#object, key) ? (this.#object[key] ?? undefined) : undefined;
    return own(name) ?? own(camelCase(name));
  }

  names(): string[] {
    return Object.keys(this.#object);
  }

  number(name: string, otherwise?: number): number {
    return this.#read(name, otherwise, (value) => typeof value === 'number', 'a number');
  }

  boolean(name: string, otherwise: boolean): boolean {
    return this.#read(name, otherwise, (value) => typeof value === 'boolean', 'true or false');
  }

  text(name: string, otherwise?: string): string {
    return this.#read(name, otherwise, (value) => typeof value === 'string', 'a text');
  }

  list(name: string, otherwise?: readonly unknown[]): readonly unknown[] {
    return this.#read(name, otherwise, Array.isArray, 'a list');
  }

  fields(name: string, what = `${this.what}: '${name}'`): Fields {
    const value = this.get(name);
    if (value === undefined) throw this.fault(`has no '${name}'`);
    return new Fields(value, what, this.file);
  }

  /** Numbers for `count` axes; a single one counts for all. */
  numbers(name: string, count: number, otherwise?: number): number[] {
    const value = this.get(name) ?? otherwise;
    if (value === undefined) throw this.fault(`has no '${name}'`);
    const numbers: readonly unknown[] = Array.isArray(value) ? value : [value];
    const all = numbers.length === 1 ? Array<unknown>(count).fill(numbers[0]) : numbers;
    if (all.length === count && all.every((entry) => Number.isInteger(entry))) {
      return all as number[];
    }
    throw this.fault(`has '${name}' ${JSON.stringify(value)}, which is not ${count} whole numbers`);
  }

  #read<T>(
    name: string,
    otherwise: T | undefined,
    fits: (value: unknown) => boolean,
    kind: string,
  ): T {
    const value = this.get(name) ?? otherwise;
    if (value === undefined) throw this.fault(`has no '${name}'`);
    if (fits(value)) return value as T;
    throw this.fault(`has '${name}' ${JSON.stringify(value)?.slice(0, 60)}, which is not ${kind}`);
  }
}
