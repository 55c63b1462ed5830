import { type AttributeValue, type Dim, string, type Value } from '../../../ir/index.js';
import { type NetworkWriter, plainSignal } from '../writer.js';

/** Zeros around an image: what TensorFlow.js calls same and valid, or rows before and after for each axis. */
export type Padding = 'same' | 'valid' | readonly (readonly [number, number])[];

/** A window that slides over the spatial axes. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations?: readonly number[];
  readonly padding: Padding;
}

interface Axis {
  /** From the first to the last element that a window reads. */
  readonly reach: number;
  readonly stride: number;
  readonly length: Dim;
}

/**
 * Rows before and after: as many windows as whole strides fit into the image, half of what lacks before it. Null where
 * the length is not known, on which it depends.
 */
function sameRows({ reach, stride, length }: Axis): readonly [number, number] | null {
  if (reach === 1 && stride === 1) return [0, 0];
  if (stride === 1) return [Math.floor((reach - 1) / 2), Math.ceil((reach - 1) / 2)];
  if (typeof length !== 'number') return null;
  const windows = Math.ceil(length / stride);
  const lacking = Math.max(0, (windows - 1) * stride + reach - length);
  return [Math.floor(lacking / 2), Math.ceil(lacking / 2)];
}

function rows(axis: Axis, index: number, padding: Padding): readonly [number, number] | null {
  if (padding === 'valid') return [0, 0];
  if (padding === 'same') return sameRows(axis);
  return padding[index] ?? [0, 0];
}

/**
 * Attributes of an ONNX convolution or pool.
 * @param x [N, C, ...spatial]
 * @throws ReparamError where the image is smaller than the window.
 */
export function windowAttributes(
  writer: NetworkWriter,
  x: Value,
  { kernel, strides, dilations = kernel.map(() => 1), padding }: Window,
): Record<string, AttributeValue> {
  const shared = { kernel_shape: kernel, strides, dilations };
  const lengths = writer.shape(plainSignal(x)).slice(2);
  if (lengths.length !== kernel.length) {
    throw writer.fault(
      `slides over ${kernel.length} axes of a tensor that has ${lengths.length} between batch and channels`,
    );
  }
  const axes = kernel.map((size, i): Axis => {
    const reach = (size - 1) * (dilations[i] ?? 1) + 1;
    return { reach, stride: strides[i] ?? 1, length: lengths[i] ?? null };
  });
  const pads = axes.map((axis, i) => rows(axis, i, padding));
  if (pads.includes(null)) return { ...shared, auto_pad: string('SAME_UPPER') };
  const [begins, ends] = [pads.map((pad) => pad?.[0] ?? 0), pads.map((pad) => pad?.[1] ?? 0)];
  axes.forEach(({ reach, length }, i) => {
    if (typeof length !== 'number') return;
    if (length + (begins[i] ?? 0) + (ends[i] ?? 0) >= reach) return;
    const image = lengths.map((dim) => dim ?? '?').join('×');
    throw writer.fault(`looks at ${kernel.join('×')} elements of an image of only ${image}`);
  });
  return { ...shared, pads: [...begins, ...ends] };
}
