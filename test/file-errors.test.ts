import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { inputError, ReparamError } from '../src/errors.js';
import { readError, writeError } from '../src/file-errors.js';

const folder = mkdtempSync(join(tmpdir(), 'reparam-file-errors-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fault = (code: string): Error =>
  Object.assign(new Error(`${code}: as Node says it`), { code });

describe('what a file system refuses', () => {
  const file = join(folder, 'a');

  test.each([
    ['ENOENT', 'no such file or folder'],
    ['EACCES', 'permission denied'],
    ['EIO', 'EIO: as Node says it'],
  ])('reading: %s', (code, words) => {
    const error = readError(file, fault(code));
    expect(error).toBeInstanceOf(ReparamError);
    expect(error).toMatchObject({
      code: 'input',
      at: file,
      message: `cannot read ${file}: ${words}`,
    });
  });

  test.each([
    ['ENOSPC', 'environment', 'the disk is full'],
    ['EACCES', 'usage', 'permission denied'],
    ['ENOTDIR', 'usage', 'a part of the path is not a folder'],
    ['ENOENT', 'usage', `nothing can be made in ${folder}`],
    ['EIO', 'environment', 'EIO: as Node says it'],
  ])('writing: %s', (code, kind, words) => {
    expect(writeError(file, fault(code))).toMatchObject({
      code: kind,
      at: file,
      message: `cannot write ${file}: ${words}`,
    });
  });

  test('writing: into a folder that is missing', () => {
    const inside = join(folder, 'none', 'a');
    expect(writeError(inside, fault('ENOENT')).message).toBe(
      `cannot write ${inside}: the folder ${join(folder, 'none')} does not exist`,
    );
  });

  test('other faults stay as they are', () => {
    for (const error of [new TypeError('a mistake'), inputError('said already')]) {
      expect(readError(file, error)).toBe(error);
      expect(writeError(file, error)).toBe(error);
    }
  });
});
