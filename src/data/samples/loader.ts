import type { Tensor } from '../../tensor/index.js';

/** Inputs of a model for one run. */
export interface Sample {
  /** Where it comes from, for people: a file, or a part of one as NumPy would write it. */
  readonly source: string;
  /** Tensors by input name. */
  readonly inputs: ReadonlyMap<string, Tensor>;
}

/** A sample that has not been read yet. */
export interface Loader {
  readonly source: string;
  load(): Promise<ReadonlyMap<string, Tensor>>;
}

async function start({ source, load }: Loader): Promise<Sample> {
  return { source, inputs: await load() };
}

/** Reads samples one ahead of their use; never more than two are held here. */
export async function* prefetch(loaders: readonly Loader[]): AsyncGenerator<Sample, void, void> {
  let [next] = loaders.slice(0, 1).map(start);
  for (let i = 1; next !== undefined; i++) {
    const sample = await next;
    const following = loaders[i];
    next = following && start(following);
    // Whoever stops early never asks for it.
    next?.catch(() => {});
    yield sample;
  }
}
