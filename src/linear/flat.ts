import { elementCount } from '../tensor/index.js';
import { type Kernel, zeroKernel } from './kernel.js';
import { outputLength, type Window } from './window.js';

/** Matrices above this many weights are never worth building. */
export const maxFlatWeights = 1 << 24;

/**
 * A convolution on images of a fixed size as the matrix that it is, block-diagonal where it has groups.
 * @param lengths spatial lengths of the input
 */
export function flattenKernel(
  kernel: Kernel,
  axes: readonly Window[],
  lengths: readonly number[],
): Kernel {
  const outLengths = axes.map((w, i) => outputLength(w, lengths[i] as number));
  const area = elementCount(lengths);
  const outArea = elementCount(outLengths);
  const inputs = kernel.inputs / kernel.group;
  const flat = zeroKernel(kernel.outputs * outArea, kernel.inputs * area, kernel.group, []);
  const volume = elementCount(kernel.size);
  const reads = readPositions(kernel.size, axes, lengths, outLengths);
  for (let o = 0; o < kernel.outputs; o++) {
    for (let i = 0; i < inputs; i++) {
      const weights = (o * inputs + i) * volume;
      for (let r = 0; r < reads.length; r += 3) {
        const row = o * outArea + (reads[r] as number);
        const column = i * area + (reads[r + 1] as number);
        flat.data[row * inputs * area + column] = kernel.data[
          weights + (reads[r + 2] as number)
        ] as number;
      }
    }
  }
  return flat;
}

/** Triples (output position, input position, tap) of everything inside the image. */
function readPositions(
  size: readonly number[],
  axes: readonly Window[],
  lengths: readonly number[],
  outLengths: readonly number[],
): number[] {
  let triples: number[] = [0, 0, 0];
  for (const [axis, w] of axes.entries()) {
    const next: number[] = [];
    for (let t = 0; t < triples.length; t += 3) {
      const [out, input, tap] = triples.slice(t, t + 3) as [number, number, number];
      for (let o = 0; o < (outLengths[axis] as number); o++) {
        for (let k = 0; k < (size[axis] as number); k++) {
          const at = w.stride * o + w.offset + w.dilation * k;
          const length = lengths[axis] as number;
          if (at < 0 || at >= length) continue;
          next.push(
            out * (outLengths[axis] as number) + o,
            input * length + at,
            tap * (size[axis] as number) + k,
          );
        }
      }
    }
    triples = next;
  }
  return triples;
}

/** Each channel's number for each of its positions. */
export function repeatEach(values: Float64Array, times: number): Float64Array {
  const out = new Float64Array(values.length * times);
  values.forEach((value, c) => {
    out.fill(value, c * times, (c + 1) * times);
  });
  return out;
}
