import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { filesInArchive } from '../../../src/data/datasets/archive.js';
import { problemOf } from '../problems.js';
import { fixture, folderWith, tar, tarGz } from './support.js';

const bytes = (length: number) => Uint8Array.from({ length }, (_, i) => i);
const files = { 'd/a': bytes(700), 'd/b': bytes(512), 'd/c': bytes(0) };
const written = (content: Uint8Array): string => `${folderWith({ archive: content })}/archive`;
const problem = (content: Uint8Array, names = ['a', 'b', 'c']) =>
  problemOf(() => filesInArchive(written(content), names));

it.each([
  ['plain', tar(files)],
  ['gzip', tarGz(files)],
])('%s', async (_, content) => {
  const found = await filesInArchive(written(content), ['b', 'c', 'a', 'z']);
  expect(new Map([...found].map(([name, part]) => [name, [...part]]))).toEqual(
    new Map([
      ['a', [...files['d/a']]],
      ['b', [...files['d/b']]],
      ['c', []],
    ]),
  );
});

it('xz', async () => {
  const names = ['train.bin', 'test.bin'];
  const found = await filesInArchive(fixture('cifar-100-binary.tar.xz'), names);
  expect(found).toEqual(await filesInArchive(fixture('cifar-100-binary.tar.gz'), names));
  expect([...found.keys()]).toEqual(names);
  const bytes = readFileSync(fixture('cifar-100-binary.tar.xz'));
  for (let i = 0; i < bytes.length - 3; i += 40) {
    expect(await problem(bytes.subarray(0, i), names)).toMatch(/cannot be read as an archive/);
    // Checksums find what was changed.
    const changed = new Uint8Array(bytes).with(i + 3, bytes[i + 3]! ^ 0x55);
    expect(await problem(changed, names)).toMatch(/cannot be read as an archive/);
  }
});

it('what ends early says so', async () => {
  const content = tar(files);
  expect(await problem(content.subarray(0, 100))).toMatch(/ends early/);
  expect(await problem(content.subarray(0, 1000))).toMatch(/ends inside 'a'/);
  expect(await problem(gzipSync(content).subarray(0, 60))).toMatch(/cannot be read as an archive/);
});

it('what is no archive says so', async () => {
  expect(await problem(new Uint8Array(600).fill(65))).toMatch(/is no tar archive/);
  expect(await problem(Buffer.from('BZh91AY&SY'.padEnd(600, 'x')))).toMatch(/is no tar archive/);
  expect(await problem(tar(files).with(5, 65))).toMatch(/is no tar archive/);
});

it('a claim of eight gigabytes takes no memory', async () => {
  const content = Buffer.from(tar({ a: bytes(8) }));
  content.write('77777777777', 124);
  content.write('        ', 148);
  const sum = content.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  content.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  expect(await problem(content)).toMatch(/ends inside 'a'/);
});

it('a file twice', async () => {
  expect(await problem(tar({ 'd/a': bytes(1), 'e/a': bytes(2) }))).toMatch(/holds 'a' twice/);
});
