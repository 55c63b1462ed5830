import { gcd } from './window.js';

/**
 * Which input channels an output channel may depend on, as one interval [low, high) an output: enough to know the
 * groups of a merged convolution before any weight is computed.
 */
export interface Reach {
  readonly low: Int32Array;
  readonly high: Int32Array;
}

export function groupedReach(outputs: number, inputs: number, group: number): Reach {
  const low = new Int32Array(outputs);
  const high = new Int32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const block = Math.floor(o / (outputs / group));
    low[o] = block * (inputs / group);
    high[o] = (block + 1) * (inputs / group);
  }
  return { low, high };
}

export function composeReach(outer: Reach, inner: Reach): Reach {
  const outputs = outer.low.length;
  const low = new Int32Array(outputs);
  const high = new Int32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const from = outer.low[o] as number;
    const to = outer.high[o] as number;
    if (o > 0 && from === outer.low[o - 1] && to === outer.high[o - 1]) {
      low[o] = low[o - 1] as number;
      high[o] = high[o - 1] as number;
      continue;
    }
    const hull = intervalHull(inner, from, to);
    low[o] = hull.low;
    high[o] = hull.high;
  }
  return { low, high };
}

function intervalHull(reach: Reach, from: number, to: number): { low: number; high: number } {
  let low = Number.MAX_SAFE_INTEGER;
  let high = 0;
  for (let m = from; m < to; m++) {
    const a = reach.low[m] as number;
    const b = reach.high[m] as number;
    if (a === b) continue;
    low = Math.min(low, a);
    high = Math.max(high, b);
  }
  return high === 0 ? { low: 0, high: 0 } : { low, high };
}

export function sumReach(reaches: readonly Reach[]): Reach {
  const outputs = reaches[0]?.low.length ?? 0;
  const low = new Int32Array(outputs);
  const high = new Int32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    let a = Number.MAX_SAFE_INTEGER;
    let b = 0;
    for (const reach of reaches) {
      if (reach.low[o] === reach.high[o]) continue;
      a = Math.min(a, reach.low[o] as number);
      b = Math.max(b, reach.high[o] as number);
    }
    low[o] = b === 0 ? 0 : a;
    high[o] = b;
  }
  return { low, high };
}

export function selectReach(reach: Reach, rows: readonly number[]): Reach {
  return {
    low: Int32Array.from(rows, (row) => reach.low[row] as number),
    high: Int32Array.from(rows, (row) => reach.high[row] as number),
  };
}

export function stackReach(reaches: readonly Reach[]): Reach {
  return {
    low: Int32Array.from(reaches.flatMap((reach) => [...reach.low])),
    high: Int32Array.from(reaches.flatMap((reach) => [...reach.high])),
  };
}

/** The largest number of groups whose blocks hold every dependence. */
export function finestGroup(reach: Reach, inputs: number): number {
  const outputs = reach.low.length;
  const most = gcd(inputs, outputs);
  for (let group = most; group > 1; group--) {
    if (most % group === 0 && fitsGroup(reach, inputs, group)) return group;
  }
  return 1;
}

function fitsGroup(reach: Reach, inputs: number, group: number): boolean {
  const outputs = reach.low.length;
  for (let o = 0; o < outputs; o++) {
    const from = reach.low[o] as number;
    const to = reach.high[o] as number;
    if (from === to) continue;
    const block = Math.floor((o * group) / outputs);
    if (from < (block * inputs) / group || to > ((block + 1) * inputs) / group) return false;
  }
  return true;
}
