import type { Dim } from '../ir/index.js';
import type { DataType } from '../tensor/index.js';

const longestShown = 60;

/** Text out of a file, safe to print: a terminal would obey its control characters. */
export function shown(text: string): string {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\uFFFD');
  return plain.length > longestShown ? `${plain.slice(0, longestShown)}…` : plain;
}

/** A type as `float32[N, 3, 224, 224]`; lengths without a name are `?`. */
export const typeText = (dtype: DataType, shape: readonly Dim[] | null): string =>
  shape === null
    ? `${dtype} of any shape`
    : `${dtype}[${shape.map((dim) => dim ?? '?').join(', ')}]`;

/** `1 byte`, `2 bytes`. */
export const counted = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Names as `'a', 'b'`. */
export const quoted = (names: readonly string[]): string =>
  names.map((name) => `'${shown(name)}'`).join(', ');
