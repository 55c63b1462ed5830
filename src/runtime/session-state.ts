import type { Tensor as OnnxruntimeTensor } from 'onnxruntime-node';
import { GraphBuilder, type Model } from '../ir/index.js';
import type { DataType, Tensor } from '../tensor/index.js';
import type { Device } from './devices.js';
import { notePassed } from './memory.js';
import { openNative } from './native.js';
import { fromOnnxruntime } from './tensors.js';

/** A model that gives back what it is fed: how tensors on a device are read. */
function copier(types: ReadonlyMap<string, { dtype: DataType; dims: readonly number[] }>): Model {
  const b = new GraphBuilder();
  for (const [name, { dtype, dims }] of types) {
    b.output(b.op('Identity', [b.input(name, dims, dtype)], {}, { name: `${name}.copy` }));
  }
  return b.model();
}

/** Tensors that runs hand on to each other, on the host or on a device. Several sessions on one device may share them. */
export class SessionState {
  readonly #tensors = new Map<string, OnnxruntimeTensor>();

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** The tensors of these names that are there. */
  feeds(names: readonly string[]): Record<string, OnnxruntimeTensor> {
    const found = names.flatMap((name) => {
      const tensor = this.#tensors.get(name);
      return tensor ? [[name, tensor] as const] : [];
    });
    return Object.fromEntries(found);
  }

  replace(name: string, tensor: OnnxruntimeTensor): void {
    const old = this.#tensors.get(name);
    this.#tensors.set(name, tensor);
    // Memory on a device is not collected.
    if (old?.location === 'gpu-buffer') old.dispose();
  }

  /** Notes that the tensors on the host have been passed to onnxruntime. */
  notePassed(): void {
    const host = [...this.#tensors.values()].filter(({ location }) => location === 'cpu');
    notePassed(host.map((tensor) => fromOnnxruntime(tensor)));
  }

  async read(device: Device): Promise<Map<string, Tensor>> {
    const all = [...this.#tensors];
    if (all.every(([, { location }]) => location === 'cpu')) {
      return new Map(all.map(([name, tensor]) => [name, fromOnnxruntime(tensor)]));
    }
    const types = all.map(
      ([name, { type, dims }]) => [name, { dtype: type as DataType, dims }] as const,
    );
    const copy = await openNative(copier(new Map(types)), { device });
    try {
      const outputs = await copy.session.run(Object.fromEntries(all));
      const values = copy.session.outputNames.map((name) => outputs[name] as OnnxruntimeTensor);
      return new Map(all.map(([name], i) => [name, fromOnnxruntime(values[i] as never)]));
    } finally {
      await copy.session.release();
    }
  }

  release(): void {
    for (const tensor of this.#tensors.values()) {
      if (tensor.location === 'gpu-buffer') tensor.dispose();
    }
    this.#tensors.clear();
  }
}
