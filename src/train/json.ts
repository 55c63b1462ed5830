import { internalError } from '../errors.js';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** Where the text that opens at `start` ends: the place of its closing quote. */
function closingQuote(json: string, start: number): number {
  for (let at = json.indexOf('"', start + 1); at >= 0; at = json.indexOf('"', at + 1)) {
    let escapes = 0;
    while (json[at - 1 - escapes] === '\\') escapes++;
    if (escapes % 2 === 0) return at;
  }
  return json.length;
}

/** A name that stands twice in one object of a valid JSON text: JSON.parse keeps the last of them without a word. */
export function duplicateName(json: string): string | null {
  const open: Set<string>[] = [];
  const token = /["{}[\]]/g;
  const colon = /[ \t\n\r]*:/y;
  for (let match = token.exec(json); match; match = token.exec(json)) {
    if (match[0] === '{' || match[0] === '[') open.push(new Set());
    else if (match[0] !== '"') open.pop();
    else {
      const end = closingQuote(json, match.index) + 1;
      token.lastIndex = end;
      colon.lastIndex = end;
      if (!colon.test(json)) continue;
      const name = JSON.parse(json.slice(match.index, end)) as string;
      const names = open.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    }
  }
  return null;
}

/**
 * A JSON text on one line.
 * @throws ReparamError (internal) for NaN and infinities, which JSON would turn into null.
 */
export const jsonText = (value: JsonValue): string =>
  JSON.stringify(value, (name: string, part: unknown) => {
    if (typeof part !== 'number' || Number.isFinite(part)) return part;
    throw internalError(`JSON has no number ${part}, which '${name}' is`);
  });
