import type { Model } from '../../src/ir/index.js';
import { elementCount, Tensor } from '../../src/tensor/index.js';

/** Numbers in [-1, 1) that depend on the name and the index alone, as `noise` of fixtures/exporters/models.py. */
export function noise(name: string, count: number): Float64Array {
  let state = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) state = Math.imul(state ^ byte, 0x01000193);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let x = Math.imul(i + state, 0x9e3779b1);
    x = Math.imul(x ^ (x >>> 15), 0x85ebca77);
    values[i] = ((x ^ (x >>> 13)) >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

/** Gives every parameter the values that `fill` of fixtures/exporters/models.py gives it. */
export function fillWithNoise(model: Model): void {
  for (const parameter of model.graph.initializers) {
    const { name } = parameter;
    const dims = parameter.constant!.dims;
    const x = noise(name, elementCount(dims));
    if (dims.length > 1) {
      const bound = Math.sqrt(6 / elementCount(dims.slice(1)));
      for (let i = 0; i < x.length; i++) x[i]! *= bound;
    } else if (/(weight|running_var)$/.test(name)) {
      for (let i = 0; i < x.length; i++) x[i] = 1 + x[i]! / 2;
    } else {
      for (let i = 0; i < x.length; i++) x[i]! /= 4;
    }
    parameter.constant = Tensor.fromNumbers('float32', dims, x);
  }
}

export const noiseImage = (dims: readonly number[]): Tensor =>
  Tensor.fromNumbers('float32', dims, noise('input', elementCount(dims)));
