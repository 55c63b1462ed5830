import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { type Usage, usageFile } from './usage-report.js';

export interface MeasuredRun extends Usage {
  readonly seconds: number;
}

const report = new URL('./usage-report.js', import.meta.url).href;

/** Runs a script of this build in a process of its own. @throws Error when it fails. */
export async function runMeasured(
  script: string,
  args: readonly string[],
  folder: string,
): Promise<MeasuredRun> {
  const usagePath = join(folder, 'usage.json');
  const path = fileURLToPath(new URL(script, import.meta.url));
  const start = performance.now();
  const status = await new Promise<number | null>((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', report, path, ...args], {
      env: { ...process.env, [usageFile]: usagePath },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.on('error', reject).on('close', resolve);
  });
  const seconds = (performance.now() - start) / 1000;
  if (status !== 0) throw new Error(`${script} ${args.join(' ')} ended with ${status}`);
  const usage = JSON.parse(readFileSync(usagePath, 'utf8')) as Usage;
  return { seconds, ...usage };
}

/** The files of a model: its own and that of its external data. */
export const filesOf = (model: string): string[] =>
  [model, `${model}.data`].filter((path) => statSync(path, { throwIfNoEntry: false }));

export const bytesOf = (model: string): number =>
  filesOf(model).reduce((sum, path) => sum + statSync(path).size, 0);

/** Seconds to read a model's bytes and to write them to the disk again. */
export async function timeReadAndWrite(model: string, folder: string): Promise<number> {
  const copy = join(folder, 'copy');
  const start = performance.now();
  for (const path of filesOf(model)) {
    const chunks = { highWaterMark: 2 ** 24 };
    await pipeline(
      createReadStream(path, chunks),
      createWriteStream(copy, { ...chunks, flush: true }),
    );
  }
  const seconds = (performance.now() - start) / 1000;
  rmSync(copy);
  return seconds;
}
