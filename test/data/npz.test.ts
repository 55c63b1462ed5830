import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Zippable, zipSync } from 'fflate';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeNpy, openNpz } from '../../src/data/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { problemOf } from './problems.js';

const fixture = (name: string): string => join(import.meta.dirname, '../../fixtures/data', name);
const folder = mkdtempSync(join(tmpdir(), 'npz-'));
afterAll(() => rmSync(folder, { recursive: true }));

function written(bytes: Uint8Array): string {
  const path = join(folder, 'a.npz');
  writeFileSync(path, bytes);
  return path;
}

const array = encodeNpy(Tensor.fromNumbers('float32', [2, 3], [-1, -0.5, 0, 0.5, 1, 1.5]));
const zip = (files: Zippable): Uint8Array => zipSync(files, { level: 0 });

/** Opens an archive and reads all of it. */
async function readAll(bytes: Uint8Array): Promise<void> {
  const npz = await openNpz(written(bytes));
  for (const name of npz.names) npz.tensor(name);
}

/** Overwrites 4 bytes, `at` bytes into the directory's first entry. */
function patched(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const directory = view.getUint32(copy.length - 22 + 16, true);
  view.setUint32(directory + at, value, true);
  return copy;
}

/** An archive of one stored entry whose sizes and places are those of ZIP64, as for more than 4 GiB. */
function zip64(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  const end = bytes.length - 22;
  const directory = view.getUint32(end + 16, true);
  const entry = bytes.slice(directory, end);
  const extra = new Uint8Array(28);
  const extraView = new DataView(extra.buffer);
  extraView.setUint16(0, 1, true);
  extraView.setUint16(2, 24, true);
  extraView.setBigUint64(4, BigInt(view.getUint32(directory + 24, true)), true);
  extraView.setBigUint64(12, BigInt(view.getUint32(directory + 20, true)), true);
  const entryView = new DataView(entry.buffer);
  for (const at of [20, 24, 42]) entryView.setUint32(at, 0xffffffff, true);
  entryView.setUint16(30, extra.length, true);
  const tail = new Uint8Array(98);
  const tailView = new DataView(tail.buffer);
  tailView.setUint32(0, 0x6064b50, true);
  tailView.setBigUint64(24, 1n, true);
  tailView.setBigUint64(32, 1n, true);
  tailView.setBigUint64(48, BigInt(directory), true);
  tailView.setUint32(56, 0x7064b50, true);
  tailView.setBigUint64(64, BigInt(end + extra.length), true);
  tailView.setUint32(76, 0x6054b50, true);
  tailView.setUint16(84, 0xffff, true);
  tailView.setUint16(86, 0xffff, true);
  tailView.setUint32(88, 0xffffffff, true);
  tailView.setUint32(92, 0xffffffff, true);
  return Uint8Array.from([...bytes.subarray(0, directory), ...entry, ...extra, ...tail]);
}

describe('archives that NumPy wrote', () => {
  it.each(['stored.npz', 'compressed.npz'])('%s', async (name) => {
    const npz = await openNpz(fixture(name));
    expect(npz.names).toEqual(['x', 'ids']);
    expect([...npz.tensor('x').toNumbers()]).toEqual([-1, -0.5, 0, 0.5, 1, 1.5]);
    expect(npz.tensor('x').dims).toEqual([2, 3]);
    expect(npz.tensor('ids').equals(Tensor.int64s([0, 1, 2, 3]))).toBe(true);
  });

  it('arrays without names', async () => {
    expect((await openNpz(fixture('positional.npz'))).names).toEqual(['arr_0', 'arr_1']);
  });

  it('ZIP64', async () => {
    const npz = await openNpz(written(zip64(zip({ 'x.npy': array }))));
    expect(npz.names).toEqual(['x']);
    expect([...npz.tensor('x').toNumbers()]).toEqual([-1, -0.5, 0, 0.5, 1, 1.5]);
  });

  it('a name that is not there', async () => {
    const npz = await openNpz(fixture('stored.npz'));
    expect(await problemOf(() => npz.tensor('y'))).toMatch(/holds no array named 'y'$/);
  });
});

describe('damaged and hostile archives', () => {
  it('cut off after any byte, or begun after any', async () => {
    const bytes = readFileSync(fixture('compressed.npz'));
    for (let length = 0; length < bytes.length; length++) {
      expect(await problemOf(() => readAll(bytes.subarray(0, length)))).not.toBe('none');
      await problemOf(() => readAll(bytes.subarray(length)));
    }
  });

  it('any byte replaced: read or refused', async () => {
    const bytes = readFileSync(fixture('compressed.npz'));
    for (let i = 0; i < bytes.length; i++) {
      for (const byte of [0, 0x1b, 0x7f, 0xff]) {
        await problemOf(() => readAll(new Uint8Array(bytes).with(i, byte)));
      }
    }
  });

  const deflated = zipSync({ 'x.npy': array });
  const stored = zip({ 'x.npy': array });
  const bomb = zipSync({
    'x.npy': encodeNpy(new Tensor('uint8', [2 ** 24], new Uint8Array(2 ** 24))),
  });
  const sizeBefore = 20;
  const sizeAfter = 24;

  it.each([
    ['more than deflate can hold', patched(deflated, sizeAfter, 2 ** 31), /cannot become/],
    ['less than its header says', patched(deflated, sizeAfter, 140), /announces|ends/],
    ['more than there is', patched(deflated, sizeAfter, 200), /ends early/],
    ['unlike sizes when stored', patched(stored, sizeAfter, 2 ** 30), /cannot become/],
    ['beyond the end of the file', patched(stored, sizeBefore, 2 ** 30), /./],
    ['a bomb that claims little', patched(bomb, sizeAfter, 144), /announces/],
    ['a bomb that claims more', patched(bomb, sizeAfter, 2 ** 24 + 8192), /ends early/],
  ])('sizes: %s', async (_, bytes, message) => {
    expect(await problemOf(() => readAll(bytes))).toMatch(message);
  });

  it('a directory that claims 2^32 entries ends at once', async () => {
    const locator = new Uint8Array(98);
    const view = new DataView(locator.buffer);
    view.setUint32(0, 0x6064b50, true);
    view.setUint32(32, 2 ** 32 - 1, true);
    view.setUint32(56, 0x7064b50, true);
    view.setUint32(76, 0x6054b50, true);
    view.setUint16(84, 0xffff, true);
    expect(await problemOf(() => readAll(locator))).toMatch(/is not an \.npz archive, or damaged$/);
  });

  it('names are labels, wherever they point', async () => {
    const names = ['../../escape.npy', '/etc/x.npy', '__proto__.npy', 'C:\\x.npy', '.npy'];
    const bytes = zip(Object.fromEntries(names.map((name) => [name, array])));
    const npz = await openNpz(written(bytes));
    expect(npz.names).toEqual(names.map((name) => name.slice(0, -4)));
    for (const name of npz.names) expect(npz.tensor(name).dims).toEqual([2, 3]);
    expect(({} as Record<string, unknown>).dims).toBeUndefined();
  });

  it('names cannot reach the terminal', async () => {
    const bytes = zip({ '\u001b[2Jx\u009b.npy': new Uint8Array(3) });
    expect(await problemOf(() => readAll(bytes))).toMatch(/is not a \.npy file/);
  });

  it('archives without arrays', async () => {
    expect(await problemOf(() => readAll(zip({})))).toMatch(/holds no arrays$/);
    expect(await problemOf(() => readAll(zip({ 'a.txt': array })))).toMatch(/holds no arrays$/);
    expect(await problemOf(() => readAll(array))).toMatch(/is not an \.npz archive, or damaged$/);
  });

  it('other methods of compression', async () => {
    const bytes = patched(deflated, 10, 12);
    expect(await problemOf(() => readAll(bytes))).toMatch(/compressed by method 12/);
  });
});
