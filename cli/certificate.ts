import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { CertifiedRegion } from '../src/merge/index.js';
import { version } from './version.js';

interface FileIdentity {
  readonly name: string;
  readonly sha256: string;
}

/** What `reparam merge --certificate` writes. */
export interface Certificate {
  readonly tool: string;
  readonly version: string;
  /** The model file, then the files of its external data. */
  readonly original: readonly FileIdentity[];
  readonly merged: readonly FileIdentity[];
  readonly regions: readonly CertifiedRegion[];
}

async function identify(path: string): Promise<FileIdentity> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
  return { name: basename(path), sha256: hash.digest('hex') };
}

const identifyAll = (paths: readonly string[]): Promise<FileIdentity[]> =>
  Promise.all(paths.map(identify));

/** @param original and `merged`: paths of the model file and of the files of its external data. */
export async function certificateFor(
  original: readonly string[],
  merged: readonly string[],
  regions: readonly CertifiedRegion[],
): Promise<Certificate> {
  return {
    tool: 'onnx-reparam',
    version,
    original: await identifyAll(original),
    merged: await identifyAll(merged),
    regions,
  };
}
