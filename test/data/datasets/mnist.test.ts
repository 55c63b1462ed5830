import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../../../src/data/index.js';
import { problemOf } from '../problems.js';
import { expectImages, fixture, folderWith } from './support.js';

const read = (name: string) => readFileSync(join(fixture('mnist'), name));
const images = gunzipSync(read('train-images-idx3-ubyte.gz'));
const labels = gunzipSync(read('train-labels-idx1-ubyte.gz'));

function problem(changed: { images?: Uint8Array; labels?: Uint8Array }): Promise<string> {
  const folder = folderWith({
    'train-images-idx3-ubyte': changed.images ?? images,
    'train-labels-idx1-ubyte': changed.labels ?? labels,
  });
  return problemOf(() => openDataset(`mnist:${folder}`, 'train'));
}

it('compressed and plain', async () => {
  const train = await openDataset(`mnist:${fixture('mnist')}`, 'train');
  expect(train.shape).toEqual([1, 5, 4]);
  expect([...train.labels]).toEqual([0, 1, 2]);
  await expectImages(train, [0, 1, 2]);
  const test = await openDataset(`fashion-mnist:${fixture('mnist')}`, 'test');
  expect([...test.labels].map((label) => test.classes[label])).toEqual(['Dress', 'Coat']);
  await expectImages(test, [3, 4]);
});

it('the names with a dot, in the folder of torchvision', async () => {
  const folder = folderWith({
    'MNIST/raw/train-images.idx3-ubyte': images,
    'MNIST/raw/train-labels.idx1-ubyte': labels,
  });
  await expectImages(await openDataset(`mnist:${folder}`, 'train'), [0, 1, 2]);
});

describe('damaged files are named', () => {
  it.each([
    ['cut off', { images: images.subarray(0, 70) }, /images.* announces 60 bytes, but 54 follow/],
    ['too long', { labels: Buffer.concat([labels, labels]) }, /labels.* announces 3 bytes/],
    ['no header', { images: images.subarray(0, 9) }, /no IDX file of bytes with 3 axes/],
    ['another type', { images: images.with(2, 13) }, /no IDX file/],
    ['an absurd length', { images: images.with(4, 255) }, /announces \d+ bytes/],
    ['labels for images', { images: labels }, /no IDX file of bytes with 3 axes/],
    [
      'a broken gzip',
      { images: gzipSync(images).subarray(0, 40) },
      /images.* cannot be decompressed/,
    ],
    [
      'fewer labels',
      { labels: labels.with(7, 2).subarray(0, 10) },
      /holds 3 images, but .* 2 labels/,
    ],
    ['a label of 10', { labels: labels.with(10, 10) }, /label 2 is 10/],
  ])('%s', async (_, changed, message) => {
    expect(await problem(changed)).toMatch(message);
  });
});
