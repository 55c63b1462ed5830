import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readError } from '../../file-errors.js';
import { writeTextAtomic } from '../files.js';

/** Which checkpoint to go on from, and the one with the best metric: small files that hold a step. */
export type Pointer = 'latest' | 'best';

/** @returns null where there is none, or where it holds no step. */
export async function readPointer(root: string, pointer: Pointer): Promise<number | null> {
  try {
    const text = await readFile(join(root, pointer), 'utf8');
    return /^\d{1,15}\n$/.test(text) ? Number(text) : null;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw readError(join(root, pointer), cause);
  }
}

export async function movePointer(root: string, pointer: Pointer, step: number): Promise<void> {
  await writeTextAtomic(join(root, pointer), `${step}\n`);
}
