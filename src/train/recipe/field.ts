import type { JsonObject, JsonValue } from '../json.js';

/** Which values an option takes. */
export type Kind =
  | {
      readonly type: 'number';
      readonly whole: boolean;
      readonly least: number | null;
      readonly most: number | null;
      /** Values must be above it. */
      readonly above: number | null;
      /** Values must be below it. */
      readonly below: number | null;
    }
  | { readonly type: 'text' }
  | { readonly type: 'flag' }
  | { readonly type: 'choice'; readonly values: readonly string[] }
  | { readonly type: 'list'; readonly item: Kind; readonly length: number | null };

/** A training option: data from which validation, the JSON Schema and the command line's flags are made. */
export interface Field<T extends JsonValue> {
  readonly kind: Kind;
  /** Whether it may be left open, as null. */
  readonly optional: boolean;
  readonly default: T;
  /** What it is, as one line without a period at its end. */
  readonly doc: string;
}

interface Range {
  readonly least?: number;
  readonly most?: number;
  readonly above?: number;
  readonly below?: number;
}

const numberKind = (whole: boolean, range: Range): Kind => ({
  type: 'number',
  whole,
  least: range.least ?? null,
  most: range.most ?? null,
  above: range.above ?? null,
  below: range.below ?? null,
});

export const number = (otherwise: number, range: Range, doc: string): Field<number> => ({
  kind: numberKind(false, range),
  optional: false,
  default: otherwise,
  doc,
});

/** A whole number. */
export const count = (otherwise: number, range: Range, doc: string): Field<number> => ({
  ...number(otherwise, range, doc),
  kind: numberKind(true, range),
});

export const flag = (otherwise: boolean, doc: string): Field<boolean> => ({
  kind: { type: 'flag' },
  optional: false,
  default: otherwise,
  doc,
});

export const text = (otherwise: string, doc: string): Field<string> => ({
  kind: { type: 'text' },
  optional: false,
  default: otherwise,
  doc,
});

export const choice = <T extends string>(
  otherwise: T,
  values: readonly T[],
  doc: string,
): Field<T> => ({ kind: { type: 'choice', values }, optional: false, default: otherwise, doc });

export const numbers = (
  otherwise: readonly number[],
  range: Range,
  doc: string,
  length: number | null = null,
): Field<readonly number[]> => ({
  kind: { type: 'list', item: numberKind(false, range), length },
  optional: false,
  default: otherwise,
  doc,
});

export const texts = (otherwise: readonly string[], doc: string): Field<readonly string[]> => ({
  kind: { type: 'list', item: { type: 'text' }, length: null },
  optional: false,
  default: otherwise,
  doc,
});

/** An option that may be left open, and is so unless it is given. */
export const optional = <T extends JsonValue>(field: Field<T>): Field<T | null> => ({
  ...field,
  optional: true,
  default: null,
});

export function accepts(kind: Kind, value: unknown): boolean {
  switch (kind.type) {
    case 'number': {
      if (typeof value !== 'number' || !Number.isFinite(value)) return false;
      const { whole, least, most, above, below } = kind;
      return (
        (!whole || Number.isSafeInteger(value)) &&
        (least === null || value >= least) &&
        (most === null || value <= most) &&
        (above === null || value > above) &&
        (below === null || value < below)
      );
    }
    case 'text':
      return typeof value === 'string';
    case 'flag':
      return typeof value === 'boolean';
    case 'choice':
      return kind.values.some((known) => known === value);
    case 'list':
      return (
        Array.isArray(value) &&
        (kind.length === null || value.length === kind.length) &&
        value.every((item) => accepts(kind.item, item))
      );
  }
}

function describeRange({ least, most, above, below }: Kind & { type: 'number' }): string {
  const limits = [
    above === null ? '' : `above ${above}`,
    least !== null && most !== null ? `from ${least} to ${most}` : '',
    least !== null && most === null ? `${least} or more` : '',
    least === null && most !== null ? `${most} or less` : '',
    below === null ? '' : `below ${below}`,
  ].filter((limit) => limit !== '');
  return limits.length === 0 ? '' : `, ${limits.join(' and ')}`;
}

/** What values it takes, in words: `a whole number, 1 or more`. */
export function describeKind(kind: Kind): string {
  switch (kind.type) {
    case 'number':
      return `a ${kind.whole ? 'whole number' : 'number'}${describeRange(kind)}`;
    case 'text':
      return 'a text';
    case 'flag':
      return 'true or false';
    case 'choice':
      return kind.values.length === 1
        ? `'${kind.values[0]}'`
        : `one of ${kind.values.map((value) => `'${value}'`).join(', ')}`;
    case 'list':
      return `a list of ${kind.length === null ? '' : `${kind.length} `}values, each ${describeKind(kind.item)}`;
  }
}

/** The kind as a JSON Schema. */
export function schemaOf(kind: Kind): JsonObject {
  switch (kind.type) {
    case 'number': {
      const { whole, least, most, above, below } = kind;
      return {
        type: whole ? 'integer' : 'number',
        ...(least === null ? {} : { minimum: least }),
        ...(most === null ? {} : { maximum: most }),
        ...(above === null ? {} : { exclusiveMinimum: above }),
        ...(below === null ? {} : { exclusiveMaximum: below }),
      };
    }
    case 'text':
      return { type: 'string' };
    case 'flag':
      return { type: 'boolean' };
    case 'choice':
      return { enum: kind.values };
    case 'list': {
      const { item, length } = kind;
      const limits = length === null ? {} : { minItems: length, maxItems: length };
      return { type: 'array', items: schemaOf(item), ...limits };
    }
  }
}
