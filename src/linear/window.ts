/**
 * One spatial axis of a map. Output `o` reads input positions `stride·o + offset + dilation·t`, `t = 0 … size−1`;
 * positions outside the input are zero. `extent` fixes how many outputs there are:
 * `⌊(L − 1 + extent) / stride⌋ + 1` for an input of length L. In ONNX's terms `offset = −pads_begin` and
 * `extent = pads_begin + pads_end − dilation·(size − 1)`: widening the kernel by zero taps leaves `extent` alone.
 *
 * For a transposed map (ConvTranspose) input `i` writes outputs `stride·i + offset + dilation·t`, and there are
 * `stride·(L − 1) + 1 + extent` outputs.
 */
export interface Window {
  readonly stride: number;
  readonly offset: number;
  readonly dilation: number;
  readonly size: number;
  readonly extent: number;
}

export const pointWindow: Window = { stride: 1, offset: 0, dilation: 1, size: 1, extent: 0 };

/** Distance between the first and the last tap. */
export const reachOf = (w: Window): number => w.dilation * (w.size - 1);

export const outputLength = (w: Window, length: number): number =>
  Math.floor((length - 1 + w.extent) / w.stride) + 1;

export const isPoint = (w: Window): boolean =>
  w.stride === 1 && w.size === 1 && w.offset === 0 && w.extent === 0;

export const padsBegin = (w: Window): number => 0 - w.offset;
export const padsEnd = (w: Window): number => w.extent + reachOf(w) + w.offset;

export function windowFromPads(
  size: number,
  stride: number,
  dilation: number,
  begin: number,
  end: number,
): Window {
  return { stride, dilation, size, offset: -begin, extent: begin + end - dilation * (size - 1) };
}

export function gcd(a: number, b: number): number {
  let x = Math.abs(a);
  let y = Math.abs(b);
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

/** Taps of `outer ∘ inner`: every tap of the outer one, spread by the inner stride, plus every tap of the inner one. */
export function composeWindows(outer: Window, inner: Window): Window {
  const outerStep = outer.size > 1 ? outer.dilation * inner.stride : 0;
  const innerStep = inner.size > 1 ? inner.dilation : 0;
  const dilation = gcd(outerStep, innerStep) || 1;
  const span = outerStep * (outer.size - 1) + innerStep * (inner.size - 1);
  return {
    stride: outer.stride * inner.stride,
    offset: inner.stride * outer.offset + inner.offset,
    dilation,
    size: span / dilation + 1,
    extent: inner.extent + inner.stride * outer.extent,
  };
}

/** The smallest grid of taps that holds the taps of all windows; stride and extent are the first one's. */
export function unionWindows(windows: readonly Window[]): Window {
  const first = windows[0] ?? pointWindow;
  let step = 0;
  let low = first.offset;
  let high = first.offset + reachOf(first);
  for (const w of windows) {
    if (w.size > 1) step = gcd(step, w.dilation);
    step = gcd(step, w.offset - first.offset);
    low = Math.min(low, w.offset);
    high = Math.max(high, w.offset + reachOf(w));
  }
  const dilation = step || 1;
  return { ...first, offset: low, dilation, size: (high - low) / dilation + 1 };
}

/** Adds zero taps until a Conv can express the window: its pads must not be negative. */
export function withoutNegativePads(w: Window): Window {
  // A single tap has no grid of its own: the finest one wastes the fewest taps.
  const grid = w.size === 1 ? { ...w, dilation: 1 } : w;
  const begin = Math.max(0, Math.ceil(grid.offset / grid.dilation));
  const end = Math.max(0, Math.ceil(-padsEnd(grid) / grid.dilation));
  if (begin + end === 0) return w;
  return { ...grid, offset: grid.offset - begin * grid.dilation, size: grid.size + begin + end };
}

/**
 * Positions just outside the outputs, where a following layer may pad: true when the infinite-plane map reads only
 * zeros there, so that its value is its bias.
 * @param length the input's length where it is known; otherwise the answer holds for every length.
 */
export function outsideIsBias(w: Window, side: 'begin' | 'end', length: number | null): boolean {
  if (side === 'begin') return -w.stride + w.offset + reachOf(w) < 0;
  if (length !== null) return w.stride * outputLength(w, length) + w.offset >= length;
  return w.extent + w.offset >= 0;
}
