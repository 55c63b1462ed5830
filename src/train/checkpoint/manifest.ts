import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../../errors.js';
import { readError } from '../../file-errors.js';
import { type FileIdentity, fileSize, identityOf } from '../files.js';
import { type JsonObject, jsonText } from '../json.js';
import { checkpointFiles, manifestFile } from './layout.js';

const version = 1;

/** Where in the training a checkpoint was taken. */
export interface Progress {
  /** Optimizer steps done. */
  readonly step: number;
  /** Epochs completed. */
  readonly epoch: number;
  /** Batches done of the epoch that is under way. */
  readonly batch: number;
}

/** What `state.json` holds. */
export interface Manifest extends Progress {
  readonly extra: JsonObject;
  readonly files: Readonly<Record<string, Pick<FileIdentity, 'bytes' | 'sha256'>>>;
}

const checksum = (text: string): string => createHash('sha256').update(text).digest('hex');

export function manifestText({ step, epoch, batch, extra, files }: Manifest): string {
  const content = { version, step, epoch, batch, files, extra };
  return `${jsonText({ ...content, checksum: checksum(jsonText(content)) })}\n`;
}

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;

/** @throws ReparamError for a file that cannot be read, is damaged, or is of a later version of this program. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestFile);
  await fileSize(path);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw readError(path, cause);
  });
  const damaged = (cause?: unknown): Error =>
    inputError(`${manifestFile} is damaged`, { at: path, cause });
  let value: Manifest & { readonly version: unknown; readonly checksum: unknown };
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(cause);
  }
  const { checksum: given, ...content } = value ?? {};
  if (isCount(content.version) && content.version > version) {
    throw inputError(`${manifestFile} has version ${content.version} of its format`, {
      at: path,
      hint: 'a later version of this program has written it',
    });
  }
  if (given !== checksum(JSON.stringify(content))) throw damaged();
  return content;
}

/** @throws ReparamError that names the first file which is not the one that was written. */
export async function checkFiles(folder: string, { files }: Manifest): Promise<void> {
  for (const name of Object.values(checkpointFiles)) {
    const written = files[name];
    if (written === undefined) continue;
    const path = join(folder, name);
    const bytes = await fileSize(path);
    if (bytes !== written.bytes) {
      throw inputError(`${name} has ${bytes} bytes instead of ${written.bytes}`, { at: path });
    }
    const { sha256 } = await identityOf(path);
    if (sha256 !== written.sha256) {
      throw inputError(`${name} has other content than was written`, { at: path });
    }
  }
}
