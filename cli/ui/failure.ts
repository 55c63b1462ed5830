import { type ErrorCode, ReparamError } from '../../src/errors.js';
import { colorsFor } from './colors.js';
import { printError } from './print.js';

export const exitCodes = { ok: 0, checkFailed: 1, badInput: 2, environment: 3 } as const;

const exitCodeOf: Record<ErrorCode, number> = {
  check: exitCodes.checkFailed,
  usage: exitCodes.badInput,
  input: exitCodes.badInput,
  environment: exitCodes.environment,
  internal: exitCodes.environment,
};

const pathFailures: Record<string, string> = {
  ENOENT: 'no such file or folder',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENAMETOOLONG: 'the name is too long',
  ELOOP: 'too many symbolic links',
};

const machineFailures: Record<string, string> = {
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  EMFILE: 'too many open files',
  EIO: 'the disk reports an input/output error',
};

const bugHint = 'this is a bug of reparam: please report it with the output of REPARAM_DEBUG=1';

/** Any thrown value as an error with a sentence, a hint and a code. */
function asReparamError(error: unknown): ReparamError {
  if (error instanceof ReparamError) {
    if (error.code !== 'internal') return error;
    return new ReparamError('internal', error.message, { hint: bugHint, cause: error });
  }
  const { code, path, message } = error as Partial<NodeJS.ErrnoException>;
  const at = path === undefined ? '' : `${path}: `;
  if (code !== undefined && pathFailures[code]) {
    return new ReparamError('input', `${at}${pathFailures[code]}`, { cause: error });
  }
  if (code !== undefined && machineFailures[code]) {
    return new ReparamError('environment', `${at}${machineFailures[code]}`, { cause: error });
  }
  if (
    error instanceof RangeError &&
    /allocation failed|invalid typed array length/i.test(error.message)
  ) {
    return new ReparamError('environment', 'there is not enough memory', { cause: error });
  }
  return new ReparamError('internal', `internal: ${message ?? String(error)}`, {
    hint: bugHint,
    cause: error,
  });
}

/** Tells the user what went wrong. @returns the exit code. */
export function fail(error: unknown): number {
  const failure = asReparamError(error);
  const { red, dim } = colorsFor(process.stderr);
  printError(`${red('error:')} ${failure.message}`);
  if (failure.hint) printError(dim(`hint: ${failure.hint}`));
  if (process.env.REPARAM_DEBUG) {
    printError(String(error instanceof Error ? error.stack : error));
    if (failure.cause instanceof Error) printError(String(failure.cause.stack));
  }
  return exitCodeOf[failure.code];
}
