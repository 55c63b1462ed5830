import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, expect } from 'vitest';
import type { Examples } from '../../../src/data/index.js';

export const fixture = (name: string): string =>
  join(import.meta.dirname, '../../../fixtures/datasets', name);

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A temporary folder with these files. @returns its path. */
export function folderWith(files: Record<string, Uint8Array | string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'datasets-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** The pixels of image `n` of the fixtures, as `fixtures/exporters/datasets.py` says. */
export const pixelsOf = (n: number, length: number): number[] =>
  Array.from({ length }, (_, i) => (7 * i + 13 * n) % 256);

/** All images must be those with these numbers, in this order. */
export async function expectImages(examples: Examples, numbers: readonly number[]): Promise<void> {
  expect(examples.length).toBe(numbers.length);
  for (const [index, n] of numbers.entries()) {
    const { channels, height, width, pixels } = await examples.read(index);
    expect([...pixels]).toEqual(pixelsOf(n, channels * height * width));
  }
}

/** A tar archive of files, by POSIX. */
export function tar(files: Record<string, Uint8Array>): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [name, content] of Object.entries(files)) {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write(content.length.toString(8).padStart(11, '0'), 124);
    header.write('        ', 148);
    header.write('0', 156);
    header.write('ustar', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, content, new Uint8Array((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, new Uint8Array(1024)]);
}

export const tarGz = (files: Record<string, Uint8Array>): Uint8Array => gzipSync(tar(files));
