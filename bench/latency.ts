import { openSession, type Session } from '../src/runtime/index.js';
import { elementCount, normal, Tensor } from '../src/tensor/index.js';
import { median } from './measured-run.js';

export interface LatencyRatio {
  /** Median of branched ÷ merged, over pairs of runs one after the other. */
  readonly ratio: number;
  /** First and third quartile of the same. */
  readonly quartiles: readonly [number, number];
  readonly runs: number;
}

const warmUps = 2;
const runs = 25;

function randomInputs(session: Session): Map<string, Tensor> {
  const random = normal(1);
  return new Map(
    session.inputs.map(({ name, type }) => {
      const dims = (type?.shape ?? []).map((dim) => (typeof dim === 'number' ? dim : 1));
      const values = new Float64Array(elementCount(dims)).map(random);
      return [name, Tensor.fromNumbers('float32', dims, values)];
    }),
  );
}

async function timeRun(session: Session, inputs: ReadonlyMap<string, Tensor>): Promise<number> {
  const start = performance.now();
  await session.run(inputs);
  return performance.now() - start;
}

/** Runs two models in turns, so that whatever else the machine does meets both. */
export async function compareLatency(branched: string, merged: string): Promise<LatencyRatio> {
  const slow = await openSession({ path: branched });
  const fast = await openSession({ path: merged });
  const inputs = randomInputs(slow);
  const ratios: number[] = [];
  for (let i = -warmUps; i < runs; i++) {
    const ratio = (await timeRun(slow, inputs)) / (await timeRun(fast, inputs));
    if (i >= 0) ratios.push(ratio);
  }
  await slow.release();
  await fast.release();
  const sorted = ratios.toSorted((a, b) => a - b);
  const half = runs >> 1;
  const quartiles = [median(sorted.slice(0, half)), median(sorted.slice(-half))] as const;
  return { ratio: median(sorted), quartiles, runs };
}
