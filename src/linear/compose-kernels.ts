import { expectZero, type Kernel, taps, type Weights } from './kernel.js';

/** Row-major `[m, k] · [k, n]` in float64. */
export type MatrixProduct = (
  a: Float64Array,
  b: Float64Array,
  m: number,
  k: number,
  n: number,
) => Promise<Float64Array>;

/** `outer ∘ inner` on the grid `target`; `place[tOuter · tapsInner + tInner]` is the tap a pair of taps lands on. */
export async function composeKernels(
  outer: Weights,
  inner: Kernel,
  target: Kernel,
  place: Int32Array,
  product: MatrixProduct,
): Promise<void> {
  if (isDepthwise(outer) || isDepthwise(inner)) {
    composeDepthwise(outer, inner, target, place);
    return;
  }
  const rows = outer.outputs / outer.group;
  const middle = outer.inputs / outer.group;
  const innerMiddle = inner.outputs / inner.group;
  for (let j = 0; j < outer.group; j++) {
    const firstInner = Math.floor((j * middle) / innerMiddle);
    const lastInner = Math.floor(((j + 1) * middle - 1) / innerMiddle);
    for (let l = firstInner; l <= lastInner; l++) {
      const from = Math.max(j * middle, l * innerMiddle);
      const to = Math.min((j + 1) * middle, (l + 1) * innerMiddle);
      const left = gatherLeft(outer, j * rows, rows, from - j * middle, to - j * middle);
      const right = gatherRight(inner, from, to);
      const columns = (inner.inputs / inner.group) * taps(inner);
      const block = await product(left, right, rows * taps(outer), to - from, columns);
      scatterBlock(target, block, place, {
        row: j * rows,
        rows,
        outerTaps: taps(outer),
        input: (l * inner.inputs) / inner.group,
        inputs: inner.inputs / inner.group,
        innerTaps: taps(inner),
      });
    }
  }
}

/** One input an output and one output an input. */
export const isDepthwise = ({ outputs, inputs, group }: Weights): boolean =>
  outputs === group && inputs === group;

/** Where one of the two is depthwise there is nothing to sum over: each pair of weights lands on a place of its own. */
function composeDepthwise(outer: Weights, inner: Kernel, target: Kernel, place: Int32Array): void {
  const outerTaps = taps(outer);
  const innerTaps = taps(inner);
  const volume = taps(target);
  const rows = outer.outputs / outer.group;
  const middle = outer.inputs / outer.group;
  const innerRows = inner.outputs / inner.group;
  const inputs = inner.inputs / inner.group;
  const targetRows = target.outputs / target.group;
  const targetInputs = target.inputs / target.group;
  for (let o = 0; o < outer.outputs; o++) {
    const firstMiddle = Math.floor(o / rows) * middle;
    const firstTarget = Math.floor(o / targetRows) * targetInputs;
    for (let m = 0; m < middle; m++) {
      const left = (o * middle + m) * outerTaps;
      const firstInput = Math.floor((firstMiddle + m) / innerRows) * inputs;
      for (let i = 0; i < inputs; i++) {
        const right = ((firstMiddle + m) * inputs + i) * innerTaps;
        const local = firstInput + i - firstTarget;
        const base = (o * targetInputs + local) * volume;
        const inside = local >= 0 && local < targetInputs;
        for (let a = 0; a < outerTaps; a++) {
          const factor = outer.data[left + a] as number;
          for (let b = 0; b < innerTaps; b++) {
            const weight = inner.data[right + b] as number;
            if (inside) {
              const at = base + (place[a * innerTaps + b] as number);
              target.data[at] = (target.data[at] as number) + factor * weight;
            } else {
              expectZero(factor * weight);
            }
          }
        }
      }
    }
  }
}

/** Rows of the outer kernel as a matrix [rows · taps, middle channels from … to). */
function gatherLeft(
  outer: Weights,
  row: number,
  rows: number,
  from: number,
  to: number,
): Float64Array {
  const volume = taps(outer);
  const inputs = outer.inputs / outer.group;
  const width = to - from;
  const out = new Float64Array(rows * volume * width);
  for (let r = 0; r < rows; r++) {
    for (let m = from; m < to; m++) {
      const at = ((row + r) * inputs + m) * volume;
      for (let t = 0; t < volume; t++) {
        out[(r * volume + t) * width + m - from] = outer.data[at + t] as number;
      }
    }
  }
  return out;
}

/** Output channels from … to) of the inner kernel as a matrix [channels, inputs · taps]: its own layout. */
function gatherRight(inner: Kernel, from: number, to: number): Float64Array {
  const width = (inner.inputs / inner.group) * taps(inner);
  return inner.data.subarray(from * width, to * width);
}

interface Block {
  readonly row: number;
  readonly rows: number;
  readonly outerTaps: number;
  readonly input: number;
  readonly inputs: number;
  readonly innerTaps: number;
}

function scatterBlock(target: Kernel, values: Float64Array, place: Int32Array, block: Block): void {
  const targetInputs = target.inputs / target.group;
  const targetRows = target.outputs / target.group;
  const volume = taps(target);
  let at = 0;
  for (let r = 0; r < block.rows; r++) {
    const o = block.row + r;
    const first = Math.floor(o / targetRows) * targetInputs;
    for (let tOuter = 0; tOuter < block.outerTaps; tOuter++) {
      for (let i = 0; i < block.inputs; i++) {
        const local = block.input + i - first;
        const inside = local >= 0 && local < targetInputs;
        const base = (o * targetInputs + local) * volume;
        for (let tInner = 0; tInner < block.innerTaps; tInner++) {
          const value = values[at++] as number;
          if (inside) {
            const index = base + (place[tOuter * block.innerTaps + tInner] as number);
            target.data[index] = (target.data[index] as number) + value;
          } else {
            expectZero(value);
          }
        }
      }
    }
  }
}
