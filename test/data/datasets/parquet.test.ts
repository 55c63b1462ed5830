import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type OpenOptions, openDataset, type Split } from '../../../src/data/index.js';
import { problemOf } from '../problems.js';
import { expectImages, fixture, folderWith } from './support.js';

const folder = fixture('parquet');
const open = (path: string, split: Split = 'train', options: OpenOptions = {}) =>
  openDataset(`parquet:${path}`, split, options);

it('several shards, row groups and compressions', async () => {
  const train = await open(folder);
  expect(train.classes).toEqual(['cat', 'dog', 'newt']);
  expect([...train.labels]).toEqual([0, 1, 2, 0, 1]);
  expect(train.shape).toEqual([3, null, null]);
  await expectImages(train, [0, 1, 2, 3, 4]);
  expect(await train.read(0)).toMatchObject({ channels: 3, height: 6, width: 5 });
  await expectImages(await open(folder, 'test'), [5, 6]);
});

it('a file, and the layout of a repository', async () => {
  const name = 'test-00000-of-00001.parquet';
  await expectImages(await open(join(folder, name), 'train'), [5, 6]);
  const repository = folderWith({ 'README.md': '' });
  cpSync(join(folder, name), join(repository, 'plain/validation-00000-of-00001.parquet'));
  await expectImages(await open(repository, 'test'), [5, 6]);
  cpSync(join(folder, name), join(repository, 'other/validation-00000-of-00001.parquet'));
  expect(await problemOf(() => open(repository, 'test'))).toMatch(/in several folders/);
  expect(await problemOf(() => open(repository))).toMatch(/holds no train-\*\.parquet/);
});

it('columns by name', async () => {
  await expectImages(await open(folder, 'test', { image: 'img', label: 'label' }), [5, 6]);
  expect(await problemOf(() => open(folder, 'test', { image: 'label' }))).toMatch(
    /no column 'label' of images .* among 'img', 'label'/,
  );
  expect(await problemOf(() => open(folder, 'test', { label: 'kind' }))).toMatch(
    /none of the columns 'kind'/,
  );
  expect(await problemOf(() => open(join(folder, 'text.parquet')))).toMatch(/no column of images/);
});

it('what cannot be read is named', async () => {
  expect(await problemOf(() => open(join(folder, 'zstd.parquet')))).toMatch(
    /zstd\.parquet cannot be read/,
  );
  const bytes = readFileSync(join(folder, 'train-00000-of-00002.parquet'));
  const files: Record<string, Uint8Array> = { 'none.parquet': new Uint8Array() };
  for (let i = 0; i < bytes.length; i += 29) {
    files[`cut${i}.parquet`] = bytes.subarray(0, i);
    files[`changed${i}.parquet`] = new Uint8Array(bytes).with(i, 0xff);
  }
  const broken = folderWith(files);
  for (const name of Object.keys(files)) {
    const problem = await problemOf(() => open(join(broken, name)));
    if (!name.startsWith('changed')) expect(problem).toContain(name);
  }
});
