import protobuf from 'protobufjs/light.js';

/** Byte strings of this length and more stay where they are. */
const largeBytes = 4096;

interface Insertion {
  /** Position in the writer's buffer. */
  at: number;
  readonly bytes: Uint8Array;
}

/** The bytes of a number in protobuf's variable-length notation. */
export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

/**
 * A protobufjs writer that does not copy large byte strings into its buffer: it remembers where they belong, so that
 * a model is written without a second copy of its weights.
 */
export class ChunkWriter extends protobuf.Writer {
  readonly #insertions: Insertion[] = [];
  readonly #forks: { readonly start: number; readonly firstInsertion: number }[] = [];

  get byteLength(): number {
    return this.pos + this.#inserted(0);
  }

  override bytes(value: Uint8Array | string): protobuf.Writer {
    if (typeof value === 'string' || value.length < largeBytes) return super.bytes(value);
    this.uint32(value.length);
    return this.raw(value);
  }

  override raw(value: Uint8Array): protobuf.Writer {
    if (value.length < largeBytes) return super.raw(value);
    this.#insertions.push({ at: this.pos, bytes: value });
    return this;
  }

  override fork(): protobuf.Writer {
    this.#forks.push({ start: this.pos, firstInsertion: this.#insertions.length });
    return this;
  }

  /** Puts the length of what was written since the fork, insertions included, before it. */
  override ldelim(): protobuf.Writer {
    const fork = this.#forks.pop();
    if (!fork) return super.ldelim();
    const { start, firstInsertion } = fork;
    const end = this.pos;
    const length = end - start + this.#inserted(firstInsertion);
    const prefix = varint(length);
    super.raw(prefix);
    this.buf.copyWithin(start + prefix.length, start, end);
    this.buf.set(prefix, start);
    for (const insertion of this.#insertions.slice(firstInsertion)) insertion.at += prefix.length;
    return this;
  }

  chunks(): Uint8Array[] {
    const chunks: Uint8Array[] = [];
    let from = 0;
    for (const { at, bytes } of this.#insertions) {
      if (at > from) chunks.push(this.buf.subarray(from, at));
      chunks.push(bytes);
      from = at;
    }
    if (this.pos > from) chunks.push(this.buf.subarray(from, this.pos));
    return chunks;
  }

  #inserted(first: number): number {
    let sum = 0;
    for (let i = first; i < this.#insertions.length; i++) {
      sum += this.#insertions[i]?.bytes.length ?? 0;
    }
    return sum;
  }
}
