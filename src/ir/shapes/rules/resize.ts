import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { axesIn, isKnown, typed, unknownDims } from '../dims.js';
import type { TypeRule } from './rule.js';

/** ⌊length · scale⌋ in float32, as runtimes compute it. */
function scaled(length: Dim, scale: Dim): Dim {
  if (scale === 1) return length;
  if (typeof length !== 'number' || typeof scale !== 'number') return null;
  return Math.floor(Math.fround(length * scale));
}

const scaleAll = (shape: readonly Dim[], scales: readonly Dim[] | null): Dim[] | null =>
  scales && scales.length !== shape.length
    ? null
    : shape.map((length, i) => scaled(length, scales?.[i] ?? null));

const upsample: TypeRule = {
  opTypes: ['Upsample'],
  infer(context) {
    const shape = context.shape(0);
    const attribute = context.node.attributes.get('scales');
    const scales = attribute?.kind === 'floats' ? attribute.value : context.elements(1);
    return [typed(context.dtype(0), shape && scaleAll(shape, scales))];
  },
};

/** Sizes under keep_aspect_ratio_policy: one scale for all axes, lengths rounded half up. */
function keepAspect(
  lengths: readonly Dim[],
  sizes: readonly Dim[],
  policy: string,
): readonly Dim[] {
  if (policy === 'stretch') return sizes;
  if (!isKnown(lengths) || !isKnown(sizes)) return unknownDims(sizes.length);
  const ratios = sizes.map((size, i) => Math.fround(size / (lengths[i] ?? 1)));
  const scale = policy === 'not_larger' ? Math.min(...ratios) : Math.max(...ratios);
  return lengths.map((length) => Math.floor(Math.fround(scale * length) + 0.5));
}

function resized(context: NodeContext): Dim[] | null {
  const { node } = context;
  const shape = context.shape(0);
  if (!shape) return null;
  // Resize-10 has the inputs X and scales; later ones X, roi, scales, sizes.
  if (context.opset < 11) return scaleAll(shape, context.elements(1));
  const axes = axesIn(node.ints('axes') ?? [...shape.keys()], shape.length);
  if (!axes) return null;
  const order = [...axes];
  const lengths = order.map((axis) => shape[axis] ?? null);
  const bySize = context.has(3) && context.length(3) !== 0;
  const sizes = bySize ? context.elements(3) : null;
  // With a crop the region of interest counts too.
  const cropped = node.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize';
  const scales = bySize || cropped ? null : context.elements(2);
  const policy = node.string('keep_aspect_ratio_policy', 'stretch');
  if (sizes && sizes.length !== order.length) return null;
  const output = sizes ? keepAspect(lengths, sizes, policy) : scaleAll(lengths, scales);
  if (!output) return null;
  const result = [...shape];
  order.forEach((axis, i) => {
    result[axis] = output[i] ?? null;
  });
  return result;
}

const resize: TypeRule = {
  opTypes: ['Resize'],
  infer: (context) => [typed(context.dtype(0), resized(context))],
};

export const resizeRules: readonly TypeRule[] = [upsample, resize];
