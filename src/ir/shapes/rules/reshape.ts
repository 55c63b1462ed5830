import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';
import { axesIn, axisIn, differ, isKnown, maxRank, quotient, typed, unknownDims } from '../dims.js';
import type { TypeRule } from './rule.js';

/** `wanted` as Reshape reads it: 0 copies a length (unless allowzero), one −1 (or unknown) takes what is left. */
function resolve(
  shape: readonly Dim[] | null,
  wanted: readonly Dim[],
  allowZero: boolean,
): Dim[] | null {
  const copied = (dim: Dim): boolean => dim === 0 && !allowZero;
  const isFree = (dim: Dim): boolean => dim === null || dim === -1;
  const result = wanted.map((dim, i) => {
    if (copied(dim)) return shape?.[i] ?? null;
    return isFree(dim) ? null : dim;
  });
  const free = wanted.findIndex(isFree);
  if (!shape || free !== wanted.findLastIndex(isFree)) return result;
  if (free < 0) return isKnown(shape) && differ(quotient(shape), quotient(result)) ? null : result;
  // A copied length cancels even where it is unknown.
  const numerators = shape.filter((_, i) => !copied(wanted[i] ?? null));
  const denominators = wanted.filter((dim, i) => i !== free && !copied(dim));
  return result.with(free, quotient(numerators, denominators));
}

function reshaped(context: NodeContext): Dim[] | null {
  const wanted = context.list('shape', 1);
  if (wanted) return resolve(context.shape(0), wanted, context.node.int('allowzero', 0) !== 0);
  const rank = context.listLength('shape', 1);
  return rank === null ? null : unknownDims(Math.min(rank, maxRank + 1));
}

const reshape: TypeRule = {
  opTypes: ['Reshape'],
  infer: (context) => [typed(context.dtype(0), reshaped(context))],
};

const flatten: TypeRule = {
  opTypes: ['Flatten'],
  infer(context) {
    const shape = context.shape(0);
    if (!shape) return [typed(context.dtype(0), [null, null])];
    const given = context.node.int('axis', 1);
    const axis = given === shape.length ? given : axisIn(given, shape.length);
    if (axis === null) return [typed(context.dtype(0), null)];
    const flat = [quotient(shape.slice(0, axis)), quotient(shape.slice(axis))];
    return [typed(context.dtype(0), flat)];
  },
};

function squeezed(context: NodeContext): Dim[] | null {
  const shape = context.shape(0);
  if (!shape) return null;
  if (!context.isGiven('axes', 1)) {
    const certain = shape.every((dim) => typeof dim === 'number');
    return certain ? shape.filter((dim) => dim !== 1) : null;
  }
  const list = context.numbers('axes', 1);
  const count = context.listLength('axes', 1);
  if (!list) return count === null ? null : unknownDims(Math.max(0, shape.length - count));
  const axes = axesIn(list, shape.length);
  return axes && shape.filter((_, i) => !axes.has(i));
}

const squeeze: TypeRule = {
  opTypes: ['Squeeze'],
  infer: (context) => [typed(context.dtype(0), squeezed(context))],
};

function unsqueezed(context: NodeContext): Dim[] | null {
  const shape = context.shape(0);
  const list = context.numbers('axes', 1);
  const count = context.listLength('axes', 1);
  if (!shape || count === null || count > maxRank) return null;
  const rank = shape.length + count;
  if (!list) return unknownDims(rank);
  const axes = axesIn(list, rank);
  if (!axes) return null;
  const rest = [...shape];
  return Array.from({ length: rank }, (_, i) => (axes.has(i) ? 1 : (rest.shift() ?? null)));
}

const unsqueeze: TypeRule = {
  opTypes: ['Unsqueeze'],
  infer: (context) => [typed(context.dtype(0), unsqueezed(context))],
};

function transposed(context: NodeContext): Dim[] | null {
  const shape = context.shape(0);
  if (!shape) {
    const rank = context.node.ints('perm')?.length;
    return rank === undefined ? null : unknownDims(rank);
  }
  const perm = context.node.ints('perm') ?? [...shape.keys()].reverse();
  const axes = perm.length === shape.length ? axesIn(perm, shape.length) : null;
  return axes && [...axes].map((axis) => shape[axis] ?? null);
}

const transpose: TypeRule = {
  opTypes: ['Transpose'],
  infer: (context) => [typed(context.dtype(0), transposed(context))],
};

/** [N, C, H, W] ↔ [N, C / b², H · b, W · b]. */
const depthSpace: TypeRule = {
  opTypes: ['DepthToSpace', 'SpaceToDepth'],
  infer(context) {
    const shape = context.shape(0);
    const block = context.node.int('blocksize', 0);
    if (shape?.length !== 4 || block < 1) return [typed(context.dtype(0), null)];
    const [batch = null, channels = null, ...spatial] = shape;
    const toSpace = context.node.opType === 'DepthToSpace';
    const area = block * block;
    const depth = toSpace ? quotient([channels], [area]) : quotient([channels, area]);
    const size = spatial.map((dim) =>
      toSpace ? quotient([dim, block]) : quotient([dim], [block]),
    );
    return [typed(context.dtype(0), [batch, depth, ...size])];
  },
};

export const reshapeRules: readonly TypeRule[] = [
  reshape,
  flatten,
  squeeze,
  unsqueeze,
  transpose,
  depthSpace,
];
