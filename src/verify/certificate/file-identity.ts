import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { inputError } from '../../errors.js';

export interface FileIdentity {
  /** Without its folder. */
  readonly name: string;
  /** Of its content, as lower-case hexadecimal digits. */
  readonly sha256: string;
}

async function identify(path: string): Promise<FileIdentity> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  } catch (cause) {
    throw inputError(`cannot read ${path}: ${(cause as Error).message}`, { at: path, cause });
  }
  return { name: basename(path), sha256: hash.digest('hex') };
}

/** @throws ReparamError for a file that cannot be read. */
export const identifyFiles = (paths: readonly string[]): Promise<FileIdentity[]> =>
  Promise.all(paths.map(identify));

/** A number below 2^32 that depends on every byte of the files. */
export function seedFrom(files: readonly FileIdentity[]): number {
  const hash = createHash('sha256');
  for (const { sha256 } of files) hash.update(sha256);
  return hash.digest().readUInt32LE();
}
