import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { type ErrorCode, ReparamError } from './errors.js';

const readProblems: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
};

const writeProblems: Record<string, readonly [ErrorCode, string]> = {
  ENOTDIR: ['usage', 'a part of the path is not a folder'],
  EACCES: ['usage', 'permission denied'],
  EPERM: ['usage', 'permission denied'],
  ENAMETOOLONG: ['usage', 'the name is too long'],
  ELOOP: ['usage', 'too many symbolic links'],
  EROFS: ['usage', 'the file system is read-only'],
  ENOSPC: ['environment', 'the disk is full'],
  EDQUOT: ['environment', 'the disk quota is used up'],
};

const codeOf = (cause: unknown): string => (cause as NodeJS.ErrnoException)?.code ?? '';

/** Why a file or folder cannot be read, in the user's words; faults that are none of the file system stay as they are. */
export function readError(path: string, cause: unknown): Error {
  const code = codeOf(cause);
  if (code === '' || cause instanceof ReparamError) return cause as Error;
  const problem = readProblems[code] ?? (cause as Error).message;
  return new ReparamError('input', `cannot read ${path}: ${problem}`, { at: path, cause });
}

function missing(path: string): string {
  const folder = dirname(path);
  // Some folders, as /proc, say ENOENT of any new name.
  return existsSync(folder)
    ? `nothing can be made in ${folder}`
    : `the folder ${folder} does not exist`;
}

/** Why a file or folder cannot be written, as {@link readError} says it. */
export function writeError(path: string, cause: unknown): Error {
  const code = codeOf(cause);
  if (code === '' || cause instanceof ReparamError) return cause as Error;
  const known: readonly [ErrorCode, string] | undefined =
    code === 'ENOENT' ? ['usage', missing(path)] : writeProblems[code];
  const [kind, problem] = known ?? ['environment', (cause as Error).message];
  return new ReparamError(kind, `cannot write ${path}: ${problem}`, { at: path, cause });
}
