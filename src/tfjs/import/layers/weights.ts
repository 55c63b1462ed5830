import type { Tensor } from '../../../tensor/index.js';
import type { Constant } from '../writer.js';

const lastOf = (name: string): string => name.replace(/:\d+$/, '');

/**
 * The weight of a layer. TensorFlow.js names it `layer/weight`; what Keras wrote may have the enclosing models before the
 * layer, or a cell between the two.
 * @param path names of the enclosing models and of the layer
 * @returns null where there is none, or where several could be meant.
 */
export function findWeight(
  tensors: ReadonlyMap<string, Tensor>,
  path: readonly string[],
  weight: string,
): Constant | null {
  const layer = path.at(-1) ?? '';
  const found = (name: string): Constant | null => {
    const tensor = tensors.get(name);
    return tensor ? { name, tensor } : null;
  };
  const exact = found(`${layer}/${weight}`) ?? found(`${path.join('/')}/${weight}`);
  if (exact) return exact;
  const similar = [...tensors.keys()].filter((name) => {
    const parts = lastOf(name).split('/');
    return parts.at(-1) === weight && parts.slice(-3, -1).includes(layer);
  });
  return similar.length === 1 ? found(similar[0] ?? '') : null;
}
