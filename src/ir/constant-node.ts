import { Tensor } from '../tensor/index.js';
import type { Node } from './node.js';

/** The value of a Constant node in any of its attribute forms, null for sparse ones and strings. */
export function constantNodeTensor(node: Node): Tensor | null {
  const tensor = node.tensor('value');
  if (tensor) return tensor;
  for (const [name, attribute] of node.attributes) {
    if (name === 'value_float' && attribute.kind === 'float')
      return Tensor.scalar('float32', attribute.value);
    if (name === 'value_int' && attribute.kind === 'int')
      return Tensor.scalar('int64', attribute.value);
    if (name === 'value_ints' && attribute.kind === 'ints') return Tensor.int64s(attribute.value);
    if (name === 'value_floats' && attribute.kind === 'floats') {
      return Tensor.fromNumbers('float32', [attribute.value.length], attribute.value);
    }
  }
  return null;
}
