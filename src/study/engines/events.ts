/** Events from several sources as one stream. */
export class Events<T extends object> {
  readonly #waiting: T[] = [];
  #wake: () => void = () => {};
  #ended = false;
  #failure: { readonly cause: unknown } | null = null;

  push(event: T): void {
    this.#waiting.push(event);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  fail(cause: unknown): void {
    this.#failure = { cause };
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, void> {
    for (;;) {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) yield next;
      if (this.#failure) throw this.#failure.cause;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        if (this.#waiting.length > 0 || this.#ended || this.#failure) resolve();
      });
    }
  }
}
