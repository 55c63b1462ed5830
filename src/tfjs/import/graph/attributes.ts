import { Fields, isObject } from '../read/fields.js';

/** Text of an attribute: base64, or a list of character codes. */
function decodeText(value: unknown): string | null {
  if (Array.isArray(value)) return String.fromCharCode(...(value as number[]));
  if (typeof value !== 'string') return null;
  try {
    return atob(value);
  } catch {
    return null;
  }
}

/** The attributes of a node, as protobuf's JSON form spells them: `{ "strides": { "list": { "i": ["1", "1"] } } }`. */
export class Attributes {
  readonly #fields: Fields;

  constructor(node: Fields) {
    const attributes = node.get('attr') ?? {};
    this.#fields = new Fields(attributes, node.what, node.file);
  }

  #part(name: string, kind: string): unknown {
    const attribute = this.#fields.get(name);
    return isObject(attribute) ? (attribute[kind] ?? undefined) : undefined;
  }

  #list(name: string, kind: string): readonly unknown[] {
    const list = this.#part(name, 'list');
    const values = isObject(list) ? list[kind] : undefined;
    return Array.isArray(values) ? values : [];
  }

  /** 64-bit integers are texts in JSON. */
  #number(name: string, value: unknown): number {
    const number = typeof value === 'string' ? Number(value) : value;
    if (typeof number === 'number' && Number.isFinite(number)) return number;
    throw this.#fields.fault(`has the attribute '${name}' ${JSON.stringify(value)}, no number`);
  }

  number(name: string, otherwise: number): number {
    const value = this.#part(name, 'f') ?? this.#part(name, 'i');
    return value === undefined ? otherwise : this.#number(name, value);
  }

  numbers(name: string): number[] {
    return this.#list(name, 'i').map((value) => this.#number(name, value));
  }

  boolean(name: string, otherwise = false): boolean {
    const value = this.#part(name, 'b');
    return typeof value === 'boolean' ? value : otherwise;
  }

  text(name: string, otherwise: string): string {
    return decodeText(this.#part(name, 's')) ?? otherwise;
  }

  texts(name: string): string[] {
    return this.#list(name, 's').map((value) => decodeText(value) ?? '');
  }

  /** An element type: `DT_FLOAT`, or its number. */
  type(name: string): string {
    const value = this.#part(name, 'type');
    return value === undefined ? 'DT_FLOAT' : String(value);
  }

  /** Lengths of a tensor, null for open ones; null where not even their number is known. */
  shape(name: string): (number | null)[] | null {
    return parseShape(this.#part(name, 'shape'));
  }
}

/** Reads `{ "dim": [{ "size": "-1" }, { "size": "3" }] }`. */
export function parseShape(shape: unknown): (number | null)[] | null {
  if (!isObject(shape) || shape.unknownRank === true) return null;
  const dims = Array.isArray(shape.dim) ? shape.dim : [];
  return dims.map((dim: unknown) => {
    const size = isObject(dim) ? Number(dim.size) : Number.NaN;
    return Number.isInteger(size) && size >= 0 ? size : null;
  });
}
