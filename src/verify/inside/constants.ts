import { constantNodeTensor, type Value } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';

/** The data of a value that a file states: an initializer or a Constant, also behind Identity; null for any other. */
export function statedConstant(value: Value | null | undefined): Tensor | null {
  let at = value;
  for (let hops = 0; at && hops < 1000; hops++) {
    if (at.constant) return at.constant;
    if (at.producer?.is('Constant')) return constantNodeTensor(at.producer);
    if (!at.producer?.is('Identity')) return null;
    at = at.producer.inputs[0];
  }
  return null;
}
