import type { Device } from '../runtime/index.js';
import { elementCount, isFloat, type Tensor } from '../tensor/index.js';
import type { AgreementReport } from './agreement-report.js';
import type { Comparison } from './compare/compare.js';

/** How many of the best classes are held against each other. */
const bestClasses = 5;

/** Lengths around the axis that holds the classes: [N, classes], [N, positions, classes] or [N, classes, H, W]. */
function classAxis(dims: readonly number[]): { outer: number; classes: number; inner: number } {
  const axis = dims.length === 3 ? 2 : Math.min(1, dims.length - 1);
  return {
    outer: elementCount(dims.slice(0, Math.max(axis, 0))),
    classes: dims[axis] ?? 1,
    inner: elementCount(dims.slice(axis + 1)),
  };
}

/** Indices of the k largest of `count` numbers that lie `stride` apart, the largest first; ties go to the lower index. */
function largest(
  values: ArrayLike<number>,
  start: number,
  stride: number,
  count: number,
  k: number,
): number[] {
  const best: number[] = [];
  const at = (i: number): number => values[start + i * stride] as number;
  for (let i = 0; i < count; i++) {
    const value = at(i);
    if (best.length === k && !(value > at(best[k - 1] as number))) continue;
    const place = best.findIndex((other) => value > at(other));
    best.splice(place < 0 ? best.length : place, 0, i);
    if (best.length > k) best.pop();
  }
  return best;
}

/** Figures of one output over all samples. */
class OutputAgreement {
  #cosines = 0;
  #samples = 0;
  #worstCosine = 1;
  #worst = '';
  #signal = 0;
  #noise = 0;
  #positions = 0;
  #sameBest = 0;
  #overlap = 0;
  #k = 0;

  add(source: string, expected: Tensor, actual: Tensor, error: Comparison): void {
    this.#signal += error.expectedNorm ** 2;
    this.#noise += error.errorNorm ** 2;
    // There is no angle to an output that is zero everywhere: what differs from it agrees in nothing.
    const cosine = error.cosine ?? (error.errorNorm === 0 ? 1 : 0);
    this.#samples++;
    this.#cosines += cosine;
    if (this.#worst === '' || cosine < this.#worstCosine) {
      this.#worst = source;
      this.#worstCosine = cosine;
    }
    this.#addClasses(expected, actual);
  }

  #addClasses(expected: Tensor, actual: Tensor): void {
    const { outer, classes, inner } = classAxis(expected.dims);
    if (classes < 2) return;
    this.#k = Math.min(bestClasses, classes - 1);
    const [x, y] = [expected.toFloats(), actual.toFloats()];
    for (let position = 0; position < outer * inner; position++) {
      const start = Math.floor(position / inner) * classes * inner + (position % inner);
      const a = largest(x, start, inner, classes, this.#k);
      const b = largest(y, start, inner, classes, this.#k);
      this.#positions++;
      if (a[0] === b[0]) this.#sameBest++;
      this.#overlap += a.filter((index) => b.includes(index)).length / this.#k;
    }
  }

  report(name: string): AgreementReport['outputs'][number] {
    const share = (sum: number): number => sum / this.#positions;
    const classified = this.#positions > 0;
    return {
      name,
      cosine: this.#cosines / this.#samples,
      worstCosine: this.#worstCosine,
      sqnr:
        this.#noise === 0
          ? null
          : 10 * Math.log10(Math.max(this.#signal, Number.MIN_VALUE) / this.#noise),
      top1: classified ? share(this.#sameBest) : null,
      topK: classified && this.#k > 1 ? { k: this.#k, share: share(this.#overlap) } : null,
      worst: this.#worst,
    };
  }
}

/**
 * How far two models agree in what their outputs are used for, over many samples: cosine, signal-to-noise ratio, and
 * for outputs with classes how often the best class and how many of the best five are the same.
 */
export class Agreement {
  readonly #device: Device;
  readonly #samples = new Set<string>();
  readonly #outputs = new Map<string, OutputAgreement>();

  constructor(device: Device) {
    this.#device = device;
  }

  /** @param error the comparison of `actual` with `expected`, null when they cannot be compared. */
  add(
    source: string,
    name: string,
    expected: Tensor,
    actual: Tensor,
    error: Comparison | null,
  ): void {
    this.#samples.add(source);
    if (error === null || !isFloat(expected.dtype) || !isFloat(actual.dtype)) return;
    const output = this.#outputs.get(name) ?? new OutputAgreement();
    this.#outputs.set(name, output);
    output.add(source, expected, actual, error);
  }

  report(): AgreementReport {
    return {
      device: this.#device,
      samples: this.#samples.size,
      outputs: [...this.#outputs].map(([name, output]) => output.report(name)),
    };
  }
}
