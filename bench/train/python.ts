import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What something took. */
export interface Duration {
  readonly seconds: number;
  /** Seconds of processor time, those of all threads together. */
  readonly processor: number;
}

/** The script beside the sources: a build holds no Python. */
const script = ['./pytorch_step.py', '../../../bench/train/pytorch_step.py']
  .map((path) => fileURLToPath(new URL(path, import.meta.url)))
  .find((path) => existsSync(path));

/** PyTorch in a process of its own, which sleeps unless it was asked. */
export interface PyTorch {
  readonly version: string;
  /** Takes one step, or goes forward once. */
  run(what: 'step' | 'forward'): Promise<Duration>;
  /** Largest resident set in bytes. */
  peakMemory(): Promise<number>;
  close(): Promise<void>;
}

const python = process.env.PYTHON ?? 'python3';

/** Null where Python or PyTorch is missing. */
export async function openPyTorch(
  net: string,
  batch: number,
  threads: number,
  device: 'cpu' | 'cuda' = 'cpu',
): Promise<PyTorch | null> {
  if (script === undefined) throw new Error('bench/train/pytorch_step.py is missing');
  const child: ChildProcess = spawn(python, [script, net, String(batch), String(threads), device], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('no pipes');
  const failed = once(child, 'error').then(() => null);
  const ended = once(child, 'close');
  // Writing to a process that has ended is reported by its lines, which end.
  stdin.on('error', () => {});
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string | null> => {
    const line = await Promise.race([lines.next(), failed]);
    return line === null || line.done ? null : (line.value as string);
  };
  const first = await next();
  if (first === null) return null;
  async function ask(command: string): Promise<number[]> {
    stdin?.write(`${command}\n`);
    const answer = await next();
    if (answer === null) throw new Error(`PyTorch ended while it was asked for a ${command}`);
    return answer.split(' ').map(Number);
  }
  return {
    version: (JSON.parse(first) as { torch: string }).torch,
    async run(what) {
      const [seconds = Number.NaN, processor = Number.NaN] = await ask(what);
      return { seconds, processor };
    },
    peakMemory: async () => (await ask('memory'))[0] ?? Number.NaN,
    async close() {
      stdin.end();
      await ended;
    },
  };
}
