import type { Graph } from '../graph.js';
import type { Dim, TensorType, Value } from '../value.js';
import { sanitize } from './dims.js';

/**
 * What the file states about its values, as far as it still holds once inputs have other shapes.
 *
 * A given length binds the symbol that stands at its place, everywhere. A given length that contradicts a stated one
 * makes all stated lengths doubtful: then only element types (and ranks, unless an input changes its rank) count.
 */
export class Statements {
  readonly #symbols = new Map<string, Dim>();
  #dimsHold = true;
  #ranksHold = true;

  constructor(graph: Graph, inputShapes: ReadonlyMap<string, readonly Dim[]>) {
    for (const input of graph.inputs) {
      const given = inputShapes.get(input.name);
      const stated = input.type?.shape;
      if (given === undefined || !stated) continue;
      if (given.length !== stated.length) this.#ranksHold = false;
      else for (const [i, dim] of stated.entries()) this.#compare(dim, given[i] ?? null);
    }
  }

  #compare(stated: Dim, given: Dim): void {
    if (stated === null || stated === given) return;
    if (typeof stated === 'number') {
      this.#dimsHold = false;
      return;
    }
    const bound = this.#symbols.get(stated);
    this.#symbols.set(stated, bound === undefined || bound === given ? given : null);
  }

  of(value: Value): TensorType | null {
    const type = sanitize(value.type);
    if (type === null || type.shape === null) return type;
    if (!this.#ranksHold) return { dtype: type.dtype, shape: null };
    return { dtype: type.dtype, shape: type.shape.map((dim) => this.#current(dim)) };
  }

  #current(dim: Dim): Dim {
    if (!this.#dimsHold) return null;
    const bound = typeof dim === 'string' ? this.#symbols.get(dim) : undefined;
    return bound === undefined ? dim : bound;
  }
}
