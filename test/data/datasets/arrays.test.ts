import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { encodeNpy, openDataset } from '../../../src/data/index.js';
import { type DataType, Tensor } from '../../../src/tensor/index.js';
import { problemOf } from '../problems.js';
import { expectImages, fixture, folderWith } from './support.js';

it('channels last with labels in a column; grey', async () => {
  const train = await openDataset(`npz:${fixture('split.npz')}`, 'train');
  expect(train.shape).toEqual([3, 4, 5]);
  expect([...train.labels]).toEqual([0, 1, 2]);
  await expectImages(train, [0, 1, 2]);
  const test = await openDataset(`npz:${fixture('split.npz')}`, 'test');
  expect(test.shape).toEqual([1, 4, 5]);
  expect([...test.labels]).toEqual([2, 0]);
  await expectImages(test, [3, 4]);
});

it('channels first, without splits', async () => {
  for (const split of ['train', 'test'] as const) {
    const examples = await openDataset(`npz:${fixture('unsplit.npz')}`, split);
    expect(examples.shape).toEqual([3, 4, 5]);
    expect([...examples.labels]).toEqual([1, 0]);
    await expectImages(examples, [0, 1]);
  }
});

describe('what does not fit is named', () => {
  const tensor = (dtype: DataType, ...dims: number[]) =>
    Tensor.fromNumbers(dtype, dims, new Array(dims.reduce((a, b) => a * b)).fill(-1));
  const images = tensor('uint8', 2, 3, 4, 5);
  const labels = Tensor.fromNumbers('int32', [2], [0, 1]);
  it.each([
    ['other names', { pictures: images, labels }, /holds 'pictures', 'labels', but no images/],
    [
      'floats',
      { images: tensor('float32', 2, 3, 4, 5), labels },
      /'images' .* float32\[2, 3, 4, 5\]/,
    ],
    ['two channels', { images: tensor('uint8', 2, 2, 4, 5), labels }, /uint8\[2, 2, 4, 5\]/],
    ['too few axes', { images: tensor('uint8', 2, 3), labels }, /uint8\[2, 3\]/],
    ['nothing', { images: tensor('uint8', 0, 4, 5), labels }, /holds nothing/],
    ['too few labels', { images, labels: tensor('int32', 1) }, /one for each of 2 images/],
    ['one-hot labels', { images, labels: tensor('int32', 2, 2) }, /int32\[2, 2\]/],
    ['real labels', { images, labels: tensor('float32', 2) }, /float32\[2\]/],
    ['negative labels', { images, labels: tensor('int64', 2) }, /a label -1/],
  ])('%s', async (_, arrays, message) => {
    const members = Object.entries(arrays).map(([name, value]) => [
      `${name}.npy`,
      encodeNpy(value),
    ]);
    const folder = folderWith({ 'a.npz': zipSync(Object.fromEntries(members)) });
    expect(await problemOf(() => openDataset(`npz:${folder}/a.npz`, 'train'))).toMatch(message);
  });
});
