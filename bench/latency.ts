import { benchModels } from '../src/timing/index.js';

export interface LatencyRatio {
  /** Median of branched ÷ merged, over pairs of runs one after the other. */
  readonly ratio: number;
  /** The 95 % interval of the same. */
  readonly interval: readonly [number, number];
  readonly runs: number;
}

const runs = 25;

/** Runs two models in turns, so that whatever else the machine does meets both. */
export async function compareLatency(branched: string, merged: string): Promise<LatencyRatio> {
  const { cases } = await benchModels(merged, branched, { runs, memory: false });
  const ratio = cases[0]?.ratio;
  if (!ratio?.interval) throw new Error(`${runs} runs give no interval`);
  return { ratio: ratio.median, interval: ratio.interval, runs };
}
