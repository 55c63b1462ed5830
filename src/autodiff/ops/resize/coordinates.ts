import type { ResizedAxis } from './axes.js';

const f = Math.fround;

/** Rounds after every step, as onnxruntime does: at ties, the last bit decides which neighbour is the nearest. */
const halfPixel = (x: number, { scale }: ResizedAxis): number => f(f(f(x + 0.5) / scale) - 0.5);

/** Where on the axis of the operand an output lies, by coordinate_transformation_mode. */
const coordinates: Readonly<Record<string, (x: number, axis: ResizedAxis) => number>> = {
  half_pixel: halfPixel,
  pytorch_half_pixel: (x, axis) => (axis.output > 1 ? halfPixel(x, axis) : 0),
  half_pixel_symmetric(x, { input, output, scale }) {
    const adjustment = f(output / f(scale * input));
    return f(f((input / 2) * f(1 - adjustment)) + (x + 0.5) / scale - 0.5);
  },
  tf_half_pixel_for_nn: (x, { scale }) => f(f(x + 0.5) / scale),
  asymmetric: (x, { scale }) => f(x / scale),
  align_corners: (x, { input, output }) => (output === 1 ? 0 : f((x * (input - 1)) / (output - 1))),
  tf_crop_and_resize(x, { input, output, region: [start, end] }) {
    const last = input - 1;
    if (output === 1) return f(0.5 * (start + end) * last);
    return f(f(start * last) + f(f(f(x * f(end - start)) * last) / (output - 1)));
  },
};

/** Null for a mode that is not known. */
export const coordinatesOf = (mode: string, axis: ResizedAxis): ((x: number) => number) | null => {
  const coordinate = coordinates[mode];
  if (!coordinate) return null;
  return (x) => (axis.scale === 1 ? x : coordinate(x, axis));
};
