import { describe, expect, it } from 'vitest';
import { type Examples, openDataset } from '../../../src/data/index.js';
import { sameBytes } from '../../../src/tensor/index.js';
import { problemOf } from '../problems.js';

const pixelsOf = ({ storage }: Examples): Uint8Array =>
  storage.kind === 'pixels' ? storage.pixels : new Uint8Array();

describe('settings', () => {
  it('defaults, and a fifth as many to test on', async () => {
    const spec = 'synthetic:size=8,count=50';
    const train = await openDataset(spec, 'train');
    expect([train.length, train.classes.length, train.shape]).toEqual([50, 10, [3, 8, 8]]);
    expect(new Set(train.classes).size).toBe(10);
    expect((await openDataset(spec, 'test')).length).toBe(10);
  });

  it('all of them', async () => {
    const spec = 'synthetic:classes=3,size=9,count=7,seed=5';
    const train = await openDataset(spec, 'train');
    expect([...train.labels]).toEqual([0, 1, 2, 0, 1, 2, 0]);
    expect(train.shape).toEqual([3, 9, 9]);
  });

  it.each([
    ['synthetic:colour=1', /'colour=1' is no setting/],
    ['synthetic:classes=1', /classes from 2 to 100/],
    ['synthetic:size=x', /'size=x' is no setting/],
    ['synthetic:size=256,count=1000000', /more than 4 GiB/],
  ])('%s', async (spec, message) => {
    expect(await problemOf(() => openDataset(spec, 'train'))).toMatch(message);
  });
});

it('the seed and the split decide the pixels', async () => {
  const make = async (seed: number, split: 'train' | 'test' = 'train') =>
    pixelsOf(await openDataset(`synthetic:size=8,count=25,seed=${seed}`, split));
  const first = await make(1);
  expect(sameBytes(first, await make(1))).toBe(true);
  expect(sameBytes(first, await make(2))).toBe(false);
  const test = await make(1, 'test');
  expect(sameBytes(first.subarray(0, test.length), test)).toBe(false);
});

/** Share of test images whose class a nearest class mean finds: what a linear model has to go by. */
async function byMeans(spec: string): Promise<number> {
  const train = await openDataset(spec, 'train');
  const test = await openDataset(spec, 'test');
  const size = pixelsOf(train).length / train.length;
  const means = train.classes.map(() => new Float64Array(size));
  train.labels.forEach((label, i) => {
    const mean = means[label]!;
    const start = i * size;
    for (let k = 0; k < size; k++)
      mean[k]! += (pixelsOf(train)[start + k]! * means.length) / train.length;
  });
  let right = 0;
  test.labels.forEach((label, i) => {
    const pixels = pixelsOf(test).subarray(i * size, (i + 1) * size);
    const distances = means.map((mean) =>
      mean.reduce((sum, v, k) => sum + (v - pixels[k]!) ** 2, 0),
    );
    if (distances.indexOf(Math.min(...distances)) === label) right++;
  });
  return right / test.length;
}

it('the mean images of the classes tell little', async () => {
  expect(await byMeans('synthetic:classes=4,size=16,count=2000')).toBeLessThan(0.4);
});
