import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { platform } from './devices.js';
import { loadOnnxruntime } from './onnxruntime.js';

/** What results of this machine depend on. */
export interface Machine {
  /** Such as `linux-x64`. */
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  /** In bytes; in a container, what it may use. */
  readonly memory: number;
  /** NVIDIA's GPUs, with their driver where `nvidia-smi` tells it. */
  readonly gpus: readonly string[];
  readonly node: string;
  /** Null when it does not load. */
  readonly onnxruntime: string | null;
}

async function listedBySmi(): Promise<string[]> {
  const query = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  const { stdout } = await promisify(execFile)('nvidia-smi', query, { timeout: 10_000 });
  return stdout
    .split('\n')
    .filter((line) => line.includes(','))
    .map((line) => line.trim().replace(/,\s*/, ', driver '));
}

/** For containers that get a GPU without NVIDIA's programs. */
async function listedByDriver(): Promise<string[]> {
  const folder = '/proc/driver/nvidia/gpus';
  const files = (await readdir(folder)).map((gpu) => join(folder, gpu, 'information'));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts.map((text) => /^Model:\s*(.+)$/m.exec(text)?.[1] ?? 'NVIDIA GPU');
}

const nvidiaGpus = (): Promise<string[]> =>
  listedBySmi()
    .catch(listedByDriver)
    .catch(() => []);

function usableMemory(): number {
  // 0 where nothing constrains it, or a number beyond what there is.
  const constrained = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  return Math.min(constrained, totalmem());
}

export async function describeMachine(): Promise<Machine> {
  const onnxruntime = await loadOnnxruntime().catch(() => null);
  return {
    platform,
    cpu: cpus()[0]?.model.trim() || 'unknown CPU',
    cores: cpus().length,
    memory: usableMemory(),
    gpus: await nvidiaGpus(),
    node: process.versions.node,
    onnxruntime: onnxruntime?.env.versions.node ?? null,
  };
}
