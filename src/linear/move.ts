import { accept, refuse, type Verdict } from '../errors.js';
import { type AffineMap, kernelOf, memoize } from './affine.js';
import { equalsBias } from './border.js';
import { outsideIsBias, type Window } from './window.js';

/** How Pad or Slice moves the window of one spatial axis: negative numbers crop. */
export interface Move {
  readonly begin: number;
  readonly end: number;
  /** Keeps every `step`-th position, starting with the first. */
  readonly step: number;
}

export const stay: Move = { begin: 0, end: 0, step: 1 };

/**
 * `Pad, Slice on spatial axes → the same map seen through another window`.
 * @param fill value of each channel in the padded border; null for zeros
 */
export function moveWindow(
  map: AffineMap,
  moves: readonly Move[],
  fill: Float64Array | null,
  label: string,
): Verdict<AffineMap> {
  if (moves.every((move) => move.begin === 0 && move.end === 0 && move.step === 1))
    return accept(map);
  const pads = moves.some((move) => move.begin > 0 || move.end > 0);
  if (map.transposed && (pads || moves.some((move) => move.step !== 1))) {
    return refuse('a transposed convolution can be cropped, not padded', label);
  }
  for (const [axis, move] of moves.entries()) {
    const window = map.axes[axis] as Window;
    const length = map.lengths[axis] ?? null;
    const outside =
      (move.begin > 0 && !outsideIsBias(window, 'begin', length)) ||
      (move.end > 0 && !outsideIsBias(window, 'end', length));
    if (outside) {
      return refuse(
        `just outside the window of '${map.part.label}' the plane still sees the image, so no constant border is exact`,
        label,
      );
    }
  }
  const constant = fill ?? new Float64Array(map.outputs);
  if (pads && !fillsWithBias(map, constant)) {
    return refuse(
      `it pads with ${fill === null ? 'zeros' : 'a constant'}, but outside the image the plane holds another value, the bias of '${map.part.label}'`,
      label,
    );
  }
  return accept(moved(map, moves, pads ? constant : null, label));
}

function fillsWithBias(map: AffineMap, fill: Float64Array): boolean {
  if (!map.biased) return fill.every((value) => value === 0);
  return equalsBias(map.shift(), fill);
}

function moved(
  map: AffineMap,
  moves: readonly Move[],
  fill: Float64Array | null,
  label: string,
): AffineMap {
  const axes = map.axes.map((w, i) => moveAxis(w, moves[i] ?? stay, map.transposed));
  return {
    ...map,
    axes,
    part: { kind: 'step', label, children: [map] },
    kernel: (evaluation) => kernelOf(map, evaluation),
    shift: memoize(() => {
      const shift = map.shift();
      if (fill === null) return shift;
      const slack = shift.slack.map((s, o) =>
        Math.max(s, Math.abs((fill[o] as number) - (shift.bias[o] as number))),
      );
      return { ...shift, slack };
    }),
  };
}

function moveAxis(w: Window, move: Move, transposed: boolean): Window {
  if (transposed) {
    return { ...w, offset: w.offset + move.begin, extent: w.extent + move.begin + move.end };
  }
  return {
    ...w,
    stride: w.stride * move.step,
    offset: w.offset - w.stride * move.begin,
    extent: w.extent + w.stride * (move.begin + move.end),
  };
}
