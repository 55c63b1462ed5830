import type { Value } from '../ir/index.js';
import { Tensor } from '../tensor/index.js';
import type { Layers } from './layers.js';
import { lengthOf, shapeOf } from './shapes.js';

/**
 * Means over `size` × `size` windows that cover the image [N, C, H, W] as evenly as whole pixels allow, overlapping or
 * repeating pixels where need be: PyTorch's AdaptiveAvgPool2d. The identity where the image has this size already.
 */
export function adaptiveAveragePool(layers: Layers, name: string, x: Value, size: number): Value {
  const [height, width] = [lengthOf(x, 2), lengthOf(x, 3)];
  if (height === size && width === size) return x;
  const shape = [...shapeOf(x).slice(0, 2), size, size];
  if (height % size === 0 && width % size === 0) {
    const kernel = [height / size, width / size];
    return layers.op('AveragePool', name, [x], shape, { kernel_shape: kernel, strides: kernel });
  }
  // Uneven windows are two matrix products: rows · x · columnsᵀ.
  const rows = layers.constant(`${name}.rows`, means(height, size, false));
  const columns = layers.constant(`${name}.columns`, means(width, size, true));
  const tall = [...shape.slice(0, 3), width];
  return layers.op('MatMul', name, [layers.op('MatMul', name, [rows, x], tall), columns], shape);
}

/** The matrix [size, length], or its transpose, whose row i takes the mean from ⌊i·length/size⌋ to ⌈(i+1)·length/size⌉. */
function means(length: number, size: number, transposed: boolean): Tensor {
  const values = new Float32Array(length * size);
  for (let i = 0; i < size; i++) {
    const start = Math.floor((i * length) / size);
    const end = Math.ceil(((i + 1) * length) / size);
    for (let j = start; j < end; j++) {
      values[transposed ? j * size + i : i * length + j] = 1 / (end - start);
    }
  }
  return Tensor.fromNumbers('float32', transposed ? [length, size] : [size, length], values);
}
