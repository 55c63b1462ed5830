import { internalError } from '../../errors.js';
import { Tensor } from '../../tensor/index.js';
import type { KeptTensor } from '../../train/step/index.js';
import { toTf } from './program.js';
import type { Tf, TfTensor } from './tf.js';

/** The tensors that steps change, where TensorFlow.js computes. */
export class TfState {
  readonly #tf: Tf;
  readonly #tensors: Map<string, TfTensor>;

  constructor(tf: Tf, state: readonly KeptTensor[]) {
    this.#tf = tf;
    this.#tensors = new Map(state.map(({ name, initial }) => [name, toTf(tf, initial)]));
  }

  get(name: string): TfTensor {
    const tensor = this.#tensors.get(name);
    if (tensor) return tensor;
    throw internalError(`the state '${name}' has not been set`);
  }

  /** Takes over tensors of the state. */
  replace(name: string, next: TfTensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, next);
  }

  /** Sets what of the state is given; other tensors are left out. */
  set(tensors: ReadonlyMap<string, Tensor>): void {
    for (const [name, tensor] of tensors) {
      if (this.#tensors.has(name)) this.replace(name, toTf(this.#tf, tensor));
    }
  }

  async read(): Promise<Map<string, Tensor>> {
    const read = [...this.#tensors].map(async ([name, tensor]) => {
      const values = Float32Array.from(await tensor.data());
      return [name, Tensor.floats(tensor.shape, values)] as const;
    });
    return new Map(await Promise.all(read));
  }

  release(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
  }
}
