import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openPyTorch } from './python.js';

const program = fileURLToPath(new URL('./memory-process.js', import.meta.url));

/** Largest resident sets of processes that do nothing but three steps: ours ÷ PyTorch's. */
export async function memoryRatio(net: string, batch: number, threads: number): Promise<number> {
  const args = [program, net, String(batch), String(threads)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const pytorch = await openPyTorch(net, batch, threads);
  if (!pytorch) throw new Error('PyTorch has gone');
  for (let i = 0; i < 3; i++) await pytorch.run('step');
  const ratio = Number(stdout) / (await pytorch.peakMemory());
  await pytorch.close();
  return ratio;
}
