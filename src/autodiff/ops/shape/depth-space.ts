import type { Value } from '../../../ir/index.js';
import type { TypedBuilder } from '../../builder.js';
import { inverse, reshape, transpose } from '../../layout.js';
import type { GradientRule } from '../../rule.js';
import type { NodeView } from '../../view.js';

/** Blocks of pixels as channels: both operators are a transposition between two ways of counting the elements. */
interface Rearrangement {
  readonly from: readonly number[];
  readonly perm: readonly number[];
  readonly to: readonly number[];
}

/** `[N, C · s², H, W]` → `[N, C, H · s, W · s]`; mode CRD has the channel first, DCR the place in the block. */
function depthToSpaceOf(view: NodeView): Rearrangement {
  const { node } = view;
  const [n, c, h, w] = view.dims(0) as [number, number, number, number];
  const s = node.int('blocksize', 1);
  const [channels, to] = [c / s ** 2, [n, c / s ** 2, h * s, w * s]];
  return node.string('mode', 'DCR') === 'CRD'
    ? { from: [n, channels, s, s, h, w], perm: [0, 1, 4, 2, 5, 3], to }
    : { from: [n, s, s, channels, h, w], perm: [0, 3, 4, 1, 5, 2], to };
}

/** `[N, C, H · s, W · s]` → `[N, s² · C, H, W]` */
function spaceToDepthOf(view: NodeView): Rearrangement {
  const [n, c, height, width] = view.dims(0) as [number, number, number, number];
  const s = view.node.int('blocksize', 1);
  const [h, w] = [height / s, width / s];
  return { from: [n, c, h, s, w, s], perm: [0, 3, 5, 1, 2, 4], to: [n, c * s ** 2, h, w] };
}

const rearranged = (b: TypedBuilder, x: Value, { from, perm, to }: Rearrangement): Value =>
  reshape(b, transpose(b, reshape(b, x, from), perm), to);

const restored = (view: NodeView, cotangent: Value, { from, perm }: Rearrangement): Value => {
  const moved = perm.map((axis) => from[axis] as number);
  return rearranged(view.builder, cotangent, {
    from: moved,
    perm: inverse(perm),
    to: view.dims(0),
  });
};

/** DepthToSpace, both modes: every element goes back where it came from. */
export const depthToSpace: GradientRule = {
  opTypes: ['DepthToSpace'],
  vjp: (view) => [restored(view, view.cotangent, depthToSpaceOf(view))],
};

/** SpaceToDepth: every element goes back where it came from. */
export const spaceToDepth: GradientRule = {
  opTypes: ['SpaceToDepth'],
  // The operator itself runs on the CPU alone.
  forward: (view) => ({
    outputs: [rearranged(view.builder, view.input(0), spaceToDepthOf(view))],
  }),
  vjp: (view) => [restored(view, view.cotangent, spaceToDepthOf(view))],
};
