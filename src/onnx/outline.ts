import { varint } from './chunk-writer.js';
import { concatenate } from './elements.js';
import { ownFile } from './external.js';
import { referenceTo } from './external-references.js';
import { schema } from './schema.js';
import { writeMessage } from './wire.js';

/** Reads bytes of a file, all of which are there. */
export type ReadBytes = (offset: number, length: number) => Uint8Array;

/** Weights of this many bytes and more stay in the file. */
const largeWeights = 2 ** 16;

const windowBytes = 2 ** 16;

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const rawData = schema.TensorProto.raw_data[0];
const externalFields: readonly number[] = [
  schema.TensorProto.external_data[0],
  schema.TensorProto.data_location[0],
];

type Container = 'ModelProto' | 'GraphProto' | 'TensorProto';

/** The way to the initializers of a model, where nearly all weights lie: the message in each field. */
const ways: Readonly<Record<Container, ReadonlyMap<number, Container>>> = {
  ModelProto: new Map([[schema.ModelProto.graph[0], 'GraphProto']]),
  GraphProto: new Map([[schema.GraphProto.initializer[0], 'TensorProto']]),
  TensorProto: new Map(),
};

/** What the reader of the whole file shall judge: damage, or a spelling that no exporter uses. */
class Unusual extends Error {}

class Outliner {
  readonly #read: ReadBytes;
  readonly #size: number;
  #window: Uint8Array = new Uint8Array();
  #windowStart = 0;
  #at = 0;

  constructor(read: ReadBytes, size: number) {
    this.#read = read;
    this.#size = size;
  }

  /** The message that ends at `end`, in pieces. */
  message(name: Container, end: number): Uint8Array[] {
    const pieces: Uint8Array[] = [];
    // How often the data of a tensor is said to lie outside of it.
    let outside = 0;
    while (this.#at < end) {
      const start = this.#at;
      const tag = this.#varint();
      const field = Math.floor(tag / 8);
      const length = this.#fieldLength(tag % 8);
      const next = this.#at + length;
      if (next > end || field === 0) throw new Unusual();
      const large = tag % 8 === wireTypes.bytes && length >= largeWeights;
      const type = ways[name].get(field);
      if (large && type) {
        const inner = this.message(type, next);
        pieces.push(varint(tag), varint(totalLength(inner)), ...inner);
      } else if (large && name === 'TensorProto' && field === rawData) {
        pieces.push(...reference(this.#at, length));
        this.#at = next;
        outside++;
      } else {
        if (name === 'TensorProto' && externalFields.includes(field)) outside++;
        pieces.push(this.#copy(start, next));
      }
    }
    if (name === 'TensorProto' && outside > 1) throw new Unusual();
    return pieces;
  }

  /** Bytes of a field after its tag, and after its length where it has one. */
  #fieldLength(wireType: number): number {
    switch (wireType) {
      case wireTypes.varint: {
        const start = this.#at;
        this.#varint();
        const length = this.#at - start;
        this.#at = start;
        return length;
      }
      case wireTypes.fixed64:
        return 8;
      case wireTypes.fixed32:
        return 4;
      case wireTypes.bytes:
        return this.#varint();
      default:
        throw new Unusual();
    }
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 10; shift++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * 128 ** shift;
      if (byte < 128) return value;
    }
    throw new Unusual();
  }

  #byte(): number {
    const known = this.#window[this.#at - this.#windowStart];
    if (known === undefined) {
      const length = Math.min(windowBytes, this.#size - this.#at);
      if (length <= 0) throw new Unusual();
      this.#window = this.#read(this.#at, length);
      this.#windowStart = this.#at;
    }
    return this.#window[this.#at++ - this.#windowStart] as number;
  }

  #copy(start: number, end: number): Uint8Array {
    this.#at = end;
    const from = start - this.#windowStart;
    const to = end - this.#windowStart;
    if (from >= 0 && to <= this.#window.length) return this.#window.slice(from, to);
    return this.#read(start, end - start);
  }
}

/** Fields of a tensor whose data lies in the model's own file. */
const reference = (offset: number, length: number): Uint8Array[] =>
  writeMessage('TensorProto', {
    external_data: referenceTo({ location: ownFile, offset, length }),
    data_location: 1,
  });

const totalLength = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, piece) => sum + piece.length, 0);

/**
 * A model's file without its large weights: the tensors that hold them refer to the file itself ({@link ownFile}).
 * @returns null where it is better to read the whole file: without large weights, and when anything about it is unusual.
 */
export function outlineOf(read: ReadBytes, size: number): Uint8Array | null {
  try {
    const pieces = new Outliner(read, size).message('ModelProto', size);
    const length = totalLength(pieces);
    return length < size / 2 ? concatenate(pieces) : null;
  } catch (error) {
    if (error instanceof Unusual) return null;
    throw error;
  }
}
