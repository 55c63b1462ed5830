import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openPyTorch } from './python.js';

const program = fileURLToPath(new URL('./memory-process.js', import.meta.url));

/** The largest resident set, in bytes, of a process that does nothing but three steps. */
export async function peakMemory(
  net: string,
  batch: number,
  threads: number,
  method = 'baseline',
): Promise<number> {
  const args = [program, net, String(batch), String(threads), method];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return Number(stdout);
}

/** Largest resident sets of such processes: ours ÷ PyTorch's. */
export async function memoryRatio(net: string, batch: number, threads: number): Promise<number> {
  const ours = await peakMemory(net, batch, threads);
  const pytorch = await openPyTorch(net, batch, threads);
  if (!pytorch) throw new Error('PyTorch has gone');
  for (let i = 0; i < 3; i++) await pytorch.run('step');
  const ratio = ours / (await pytorch.peakMemory());
  await pytorch.close();
  return ratio;
}
