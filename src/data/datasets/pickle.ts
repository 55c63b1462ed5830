import { inputError } from '../../errors.js';
import { shown } from '../text.js';

/** An array of bytes as NumPy pickles it. */
export class PickledArray {
  shape: readonly number[] = [];
  bytes: Uint8Array = new Uint8Array();
  /** Whether the first axis varies fastest. */
  fortranOrder = false;
}

/** A value out of a pickle. Tuples are arrays; long strings stay bytes. */
export type Pickled =
  | number
  | boolean
  | string
  | null
  | Uint8Array
  | PickledArray
  | Symbolic
  | Pickled[]
  | Map<Pickled, Pickled>;

/** A name that a pickle asks for, or what stands for it. Nothing is ever imported or called. */
class Symbolic {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

const reconstruct = new Symbolic('numpy.core.multiarray _reconstruct');
const arrayType = new Symbolic('numpy ndarray');
const elementType = new Symbolic('numpy dtype');
const byteType = new Symbolic('a type of bytes');
const symbols = [reconstruct, arrayType, elementType];

/**
 * Runs a pickle on a stack, as the comments of Python's `pickletools` describe it, with those operations alone that the
 * batches of CIFAR need. Linear in time and memory: every operation takes a byte at least, and none copies a value.
 */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;
  #stack: Pickled[] = [];
  /** Stacks below a mark. */
  readonly #marks: Pickled[][] = [];
  readonly #memo = new Map<number, Pickled>();

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): Pickled {
    for (;;) {
      const code = this.#byte();
      // STOP
      if (code === 0x2e) return this.#pop();
      const operation = operations[String.fromCharCode(code)];
      if (operation === undefined) {
        const hex = code.toString(16).padStart(2, '0');
        throw new Error(`it asks for the operation 0x${hex}, which no batch of CIFAR needs`);
      }
      operation(this);
    }
  }

  #take(length: number): number {
    const start = this.#offset;
    if (start + length > this.#bytes.length) throw new Error('it ends early');
    this.#offset += length;
    return start;
  }
  #byte(): number {
    return this.#view.getUint8(this.#take(1));
  }
  #pop(): Pickled {
    const value = this.#stack.pop();
    if (value === undefined) throw new Error('it takes more than there is');
    return value;
  }
  #list(): Pickled[] {
    const list = this.#stack.at(-1);
    if (!Array.isArray(list)) throw new Error('it appends to what is no list');
    return list;
  }

  push(value: Pickled): void {
    this.#stack.push(value);
  }
  unsigned(width: 1 | 2 | 4): number {
    const start = this.#take(width);
    if (width === 1) return this.#view.getUint8(start);
    return width === 2 ? this.#view.getUint16(start, true) : this.#view.getUint32(start, true);
  }
  signed(): number {
    return this.#view.getInt32(this.#take(4), true);
  }
  string(length: number): Uint8Array {
    const start = this.#take(length);
    return this.#bytes.subarray(start, start + length);
  }
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#offset);
    if (end < 0) throw new Error('it ends early');
    const text = latin1(this.#bytes.subarray(this.#offset, end));
    this.#offset = end + 1;
    return text;
  }
  mark(): void {
    this.#marks.push(this.#stack);
    this.#stack = [];
  }
  /** What was pushed since the last mark. */
  sinceMark(): Pickled[] {
    const below = this.#marks.pop();
    if (below === undefined) throw new Error('it lacks a mark');
    const above = this.#stack;
    this.#stack = below;
    return above;
  }
  tuple(length: number): void {
    const items = Array.from({ length }, () => this.#pop());
    this.push(items.reverse());
  }
  put(index: number): void {
    const value = this.#pop();
    this.push(value);
    this.#memo.set(index, value);
  }
  get(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) throw new Error('it recalls what it never noted');
    this.push(value);
  }
  append(): void {
    const value = this.#pop();
    this.#list().push(value);
  }
  extend(items: Pickled[]): void {
    const list = this.#list();
    for (const item of items) list.push(item);
  }
  setItems(items: Pickled[]): void {
    const map = this.#stack.at(-1);
    if (!(map instanceof Map) || items.length % 2 !== 0) {
      throw new Error('it puts entries into what is no dictionary');
    }
    for (let i = 0; i < items.length; i += 2) {
      map.set(items[i] as Pickled, items[i + 1] as Pickled);
    }
  }
  setItem(): void {
    const value = this.#pop();
    this.setItems([this.#pop(), value]);
  }
  global(): void {
    const name = `${this.line()} ${this.line()}`;
    const symbol = symbols.find((known) => known.name === name);
    if (symbol === undefined) throw new Error(`it asks for '${shown(name)}'`);
    this.push(symbol);
  }
  reduce(): void {
    const argument = this.#pop();
    const made = this.#pop();
    const [first] = Array.isArray(argument) ? argument : [];
    if (made === reconstruct && first === arrayType) this.push(new PickledArray());
    else if (made === elementType && first === 'u1') this.push(byteType);
    else throw new Error('it makes something other than an array of bytes');
  }
  build(): void {
    const state = this.#pop();
    const target = this.#stack.at(-1);
    // The state of a type says how it is aligned, which bytes are not.
    if (target === byteType) return;
    const [, shape, type, fortranOrder, bytes] = Array.isArray(state) ? state : [];
    const whole =
      target instanceof PickledArray &&
      type === byteType &&
      bytes instanceof Uint8Array &&
      typeof fortranOrder === 'boolean' &&
      Array.isArray(shape) &&
      shape.every((dim) => typeof dim === 'number') &&
      shape.reduce<number>((product, dim) => product * (dim as number), 1) === bytes.length;
    if (!whole) throw new Error('it holds an array that is none of bytes');
    Object.assign(target, { shape, bytes, fortranOrder });
  }
}

const latin1 = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

/** By the code of the operation, with its name in `pickletools`. */
const operations: Record<string, (reader: Reader) => void> = {
  // PROTO
  '\x80': (r) => r.unsigned(1),
  // EMPTY_DICT, EMPTY_LIST, EMPTY_TUPLE
  '}': (r) => r.push(new Map()),
  ']': (r) => r.push([]),
  ')': (r) => r.push([]),
  // NONE, NEWTRUE, NEWFALSE
  N: (r) => r.push(null),
  '\x88': (r) => r.push(true),
  '\x89': (r) => r.push(false),
  // BININT1, BININT2, BININT
  K: (r) => r.push(r.unsigned(1)),
  M: (r) => r.push(r.unsigned(2)),
  J: (r) => r.push(r.signed()),
  // SHORT_BINSTRING, BINSTRING
  U: (r) => r.push(latin1(r.string(r.unsigned(1)))),
  T: (r) => r.push(r.string(r.unsigned(4))),
  // MARK, TUPLE, TUPLE1, TUPLE2, TUPLE3
  '(': (r) => r.mark(),
  t: (r) => r.push(r.sinceMark()),
  '\x85': (r) => r.tuple(1),
  '\x86': (r) => r.tuple(2),
  '\x87': (r) => r.tuple(3),
  // BINPUT, LONG_BINPUT, BINGET, LONG_BINGET
  q: (r) => r.put(r.unsigned(1)),
  r: (r) => r.put(r.unsigned(4)),
  h: (r) => r.get(r.unsigned(1)),
  j: (r) => r.get(r.unsigned(4)),
  // APPEND, APPENDS, SETITEM, SETITEMS
  a: (r) => r.append(),
  e: (r) => r.extend(r.sinceMark()),
  s: (r) => r.setItem(),
  u: (r) => r.setItems(r.sinceMark()),
  // GLOBAL, REDUCE, BUILD
  c: (r) => r.global(),
  R: (r) => r.reduce(),
  b: (r) => r.build(),
};

/**
 * Reads a pickle of protocol 2 as Python 2 wrote CIFAR's batches: dictionaries, lists, numbers, strings, and arrays of
 * bytes. Unlike Python it runs no code: every other operation and every other name is refused.
 * @param at the file's name for messages.
 * @throws ReparamError for anything else, and for a file that ends early.
 */
export function decodePickle(bytes: Uint8Array, at: string): Pickled {
  try {
    return new Reader(bytes).read();
  } catch (cause) {
    const reason = (cause as Error).message;
    throw inputError(`${at} is no batch of CIFAR in Python's format: ${reason}`, { at, cause });
  }
}
