import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The script beside the sources: a build holds no Python. */
const script = ['./numpy_mutual_information.py', '../../../bench/sgs/numpy_mutual_information.py']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

export const numpyWays = ['histogram2d', 'bincount'] as const;
export type NumpyWay = (typeof numpyWays)[number];

/** NumPy in a process of its own, on one thread. */
export interface Numpy {
  readonly version: string;
  /** Seconds to measure a 3×3 scaling on a map [N, C, H, W]. */
  measure(dims: readonly number[], way: NumpyWay): Promise<number>;
  close(): Promise<void>;
}

/** Null where Python or NumPy is missing. */
export async function openNumpy(): Promise<Numpy | null> {
  if (script === undefined) throw new Error('bench/sgs/numpy_mutual_information.py is missing');
  const threads = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  const child = spawn(process.env.PYTHON ?? 'python3', [script], {
    stdio: ['pipe', 'pipe', 'ignore'],
    env: { ...process.env, ...threads },
  });
  const failed = once(child, 'error').then(() => null);
  const ended = once(child, 'close');
  // Writing to a process that has ended is reported by its lines, which end.
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | null> => {
    const line = await Promise.race([lines.next(), failed]);
    return line === null || line.done ? null : line.value;
  };
  const first = await next();
  if (first === null) return null;
  return {
    version: (JSON.parse(first) as { numpy: string }).numpy,
    async measure(dims, way) {
      child.stdin.write(`${dims.join(' ')} ${way}\n`);
      const answer = await next();
      if (answer === null) throw new Error(`NumPy ended while it measured ${dims.join('×')}`);
      return Number(answer);
    },
    async close() {
      child.stdin.end();
      await ended;
    },
  };
}
