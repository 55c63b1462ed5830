import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { composeKernels } from '../../src/linear/compose-kernels.js';
import { type Kernel, scaleRows, zeroKernel } from '../../src/linear/kernel.js';
import { normal } from '../../src/tensor/index.js';

function randomKernel(
  outputs: number,
  inputs: number,
  group: number,
  taps: number,
  seed: number,
): Kernel {
  const kernel = zeroKernel(outputs, inputs, group, [taps]);
  kernel.data.set(Float64Array.from(kernel.data, normal(seed)));
  return kernel;
}

/** The weight between an output, an input and a tap, zero outside the group. */
function weight({ outputs, inputs, group, size, data }: Kernel, o: number, i: number, t: number) {
  const width = inputs / group;
  const local = i - Math.floor(o / (outputs / group)) * width;
  return local < 0 || local >= width ? 0 : (data[(o * width + local) * size[0]! + t] as number);
}

/** Every pair of weights, one after the other. */
function reference(outer: Kernel, inner: Kernel): Kernel {
  const taps = outer.size[0]! + inner.size[0]! - 1;
  const target = zeroKernel(outer.outputs, inner.inputs, 1, [taps]);
  for (let o = 0; o < outer.outputs; o++) {
    for (let i = 0; i < inner.inputs; i++) {
      for (let m = 0; m < outer.inputs; m++) {
        for (let a = 0; a < outer.size[0]!; a++) {
          for (let b = 0; b < inner.size[0]!; b++) {
            const at = (o * inner.inputs + i) * taps + a + b;
            target.data[at]! += weight(outer, o, m, a) * weight(inner, m, i, b);
          }
        }
      }
    }
  }
  return target;
}

const groups = fc.constantFrom(1, 2, 4, 8);
const widths = fc.constantFrom(1, 2, 3);

describe('composeKernels', () => {
  it('agrees with the sum over all pairs of weights, for any groups', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ outerGroup: groups, innerGroup: groups, rows: widths, columns: widths }),
        fc.record({ outerTaps: widths, innerTaps: widths, seed: fc.nat() }),
        async ({ outerGroup, innerGroup, rows, columns }, { outerTaps, innerTaps, seed }) => {
          const outer = randomKernel(8 * rows, 8, outerGroup, outerTaps, seed);
          const inner = randomKernel(8, 8 * columns, innerGroup, innerTaps, seed + 1);
          const target = zeroKernel(8 * rows, 8 * columns, 1, [outerTaps + innerTaps - 1]);
          const place = Int32Array.from(
            { length: outerTaps * innerTaps },
            (_, at) => Math.floor(at / innerTaps) + (at % innerTaps),
          );
          await composeKernels(outer, inner, target, place, async (a, b, m, k, n) => {
            const out = new Float64Array(m * n);
            for (let i = 0; i < m * n; i++) {
              for (let p = 0; p < k; p++) {
                out[i]! += a[Math.floor(i / n) * k + p]! * b[p * n + (i % n)]!;
              }
            }
            return out;
          });
          const expected = reference(outer, inner).data;
          for (const [i, value] of target.data.entries())
            expect(value).toBeCloseTo(expected[i]!, 12);
        },
      ),
    );
  });
});

describe('scaleRows', () => {
  it('multiplies all weights of an output', () => {
    const kernel = { ...zeroKernel(2, 3, 1, []), data: Float64Array.of(1, 2, 3, 4, 5, 6) };
    scaleRows(kernel, [10, -1]);
    expect([...kernel.data]).toEqual([10, 20, 30, -4, -5, -6]);
  });
});
