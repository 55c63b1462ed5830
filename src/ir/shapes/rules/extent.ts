import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { axesIn, broadcast, maxRank, quotient, sum, typed, unknownDims } from '../dims.js';
import type { TypeRule } from './rule.js';

/** Pads name all begins, then all ends, of `axes` (all of them by default). */
function padded(context: NodeContext): Dim[] | null {
  const shape = context.shape(0);
  if (!shape) return null;
  const pads = context.list(context.opset < 2 ? 'paddings' : 'pads', 1);
  const listed = context.has(3) ? context.elements(3) : [...shape.keys()];
  const axes = listed && axesIn(listed, shape.length);
  if (!axes) return unknownDims(shape.length);
  if (pads && pads.length !== 2 * axes.size) return null;
  const result = [...shape];
  [...axes].forEach((axis, i) => {
    result[axis] = sum([
      shape[axis] ?? null,
      sum([pads?.[i] ?? null, pads?.[i + axes.size] ?? null]),
    ]);
  });
  return result;
}

const pad: TypeRule = {
  opTypes: ['Pad'],
  infer: (context) => [typed(context.dtype(0), padded(context))],
};

const tile: TypeRule = {
  opTypes: ['Tile'],
  infer(context) {
    const shape = context.shape(0);
    // Tile-1 repeats one axis and takes scalars.
    if (!shape || context.opset < 6) return [typed(context.dtype(0), null)];
    const repeats = context.elements(1) ?? unknownDims(shape.length);
    if (repeats.length !== shape.length) return [typed(context.dtype(0), null)];
    const tiled = shape.map((dim, i) => quotient([dim, repeats[i] ?? null]));
    return [typed(context.dtype(0), tiled)];
  },
};

function expanded(context: NodeContext): Dim[] | null {
  const count = context.length(1);
  if (count === null || count > maxRank) return null;
  const target = context.elements(1) ?? unknownDims(count);
  // A negative length is no ONNX; what a runtime makes of it is unknown.
  return broadcast([
    context.shape(0),
    target.map((dim) => (typeof dim === 'number' && dim < 0 ? null : dim)),
  ]);
}

const expand: TypeRule = {
  opTypes: ['Expand'],
  infer: (context) => [typed(context.dtype(0), expanded(context))],
};

const centerCropPad: TypeRule = {
  opTypes: ['CenterCropPad'],
  infer(context) {
    const shape = context.shape(0);
    const axes = shape && axesIn(context.node.ints('axes') ?? [...shape.keys()], shape.length);
    if (!axes) return [typed(context.dtype(0), null)];
    const target = context.elements(1);
    const result = [...shape];
    [...axes].forEach((axis, i) => {
      result[axis] = target?.[i] ?? null;
    });
    return [typed(context.dtype(0), result)];
  },
};

export const extentRules: readonly TypeRule[] = [pad, tile, expand, centerCropPad];
