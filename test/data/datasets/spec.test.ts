import { expect, it } from 'vitest';
import { datasets, openDataset } from '../../../src/data/index.js';
import { problemOf } from '../problems.js';

it.each([
  ['cifar11:x', /there is no data set 'cifar11'/],
  ['cifar10', /'cifar10' does not say where/],
  ['cifar10:', /'cifar10:' does not say where/],
  ['', /there is no data set ''/],
  ['mnist:/no/such/folder', /cannot read \/no\/such\/folder/],
  ['npz:/no/such.npz', /cannot read \/no\/such\.npz/],
  ['parquet:/no/such.parquet', /cannot read \/no\/such\.parquet/],
  ['imagefolder:/no/such', /\/no\/such has no folder 'train'/],
])('%s', async (spec, message) => {
  expect(await problemOf(() => openDataset(spec, 'train'))).toMatch(message);
});

it('every data set says what it is', () => {
  const names = datasets.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { title, location, source, licence } of datasets) {
    for (const text of [title, location, source, licence]) expect(text).not.toBe('');
  }
});
