import { dataTypes, type Tensor } from '../../tensor/index.js';
import type { Comparison } from './compare.js';
import { pieces, ratio, unravel } from './elements.js';

type Exact = number | bigint | string;

/** Elements of a type that is compared bit by bit; packed 4-bit and 2-bit ones come as whole bytes. */
function exactElements(tensor: Tensor): ArrayLike<Exact> {
  const { dtype } = tensor;
  if (dtype === 'string') {
    const decoder = new TextDecoder();
    return tensor.strings.map((bytes) => decoder.decode(bytes));
  }
  if (dtype === 'int64' || dtype === 'uint64') {
    const { buffer } = tensor.bytes.slice();
    return dtype === 'int64' ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
  }
  return dataTypes[dtype].bits < 8 ? tensor.bytes : tensor.toNumbers();
}

/** Compares two tensors of equal dims whose elements must be the same. */
export function compareExactly(expected: Tensor, actual: Tensor): Comparison {
  let mismatches = 0;
  let maxAbsolute = 0;
  let sum = 0;
  let magnitude = 0;
  let worst: { at: number; expected: Exact; actual: Exact } | null = null;
  for (const [start, end] of pieces(expected.size)) {
    const a = exactElements(expected.part(start, end));
    const b = exactElements(actual.part(start, end));
    for (let i = 0; i < a.length; i++) {
      const x = a[i] as Exact;
      const y = b[i] as Exact;
      if (typeof x !== 'string') magnitude = Math.max(magnitude, Math.abs(Number(x)));
      if (x === y) continue;
      mismatches++;
      const error = typeof x === 'string' ? 0 : Math.abs(Number(y) - Number(x));
      sum += error;
      if (worst === null || error > maxAbsolute) {
        maxAbsolute = error;
        worst = { at: start + i, expected: x, actual: y };
      }
    }
  }
  return {
    elements: expected.size,
    maxAbsolute,
    maxRelative: ratio(maxAbsolute, magnitude),
    meanAbsolute: ratio(sum, expected.size),
    magnitude,
    toleranceUsed: null,
    mismatches,
    nonFinite: 0,
    worst: worst && {
      index: unravel(worst.at, expected.dims),
      expected: String(worst.expected),
      actual: String(worst.actual),
    },
    expectedNorm: 0,
    errorNorm: 0,
    cosine: null,
    sqnr: null,
    histogram: [],
  };
}
