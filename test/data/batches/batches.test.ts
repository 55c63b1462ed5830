import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  type BatchOptions,
  type Examples,
  openBatches,
  openDataset,
} from '../../../src/data/index.js';
import { folderWith } from '../datasets/support.js';
import { problemOf } from '../problems.js';
import { all, noise } from './support.js';

const open = (examples: Examples, options: Partial<BatchOptions> = {}) =>
  openBatches(examples, { batchSize: 4, workers: 0, ...options });

describe('what a batch holds', () => {
  it('normalised images, one-hot targets and labels, in order', async () => {
    const examples = noise(10);
    const batches = await open(examples, { shuffle: false });
    expect([batches.perEpoch, batches.shape]).toEqual([3, [3, 8, 6]]);
    const found = await all(batches, 2);
    expect(found.map(({ shape, index, epoch }) => [shape, index, epoch])).toEqual([
      [[4, 3, 8, 6], 0, 2],
      [[4, 3, 8, 6], 1, 2],
      [[2, 3, 8, 6], 2, 2],
    ]);
    const values = found.flatMap(({ images }) => [...images]);
    for (let i = 0; i < 10; i++) {
      const { pixels } = await examples.read(i);
      const expected = Array.from(pixels, (level, k) => {
        const c = Math.floor(k / 48);
        return Math.fround((level / 255 - examples.mean[c]!) / examples.std[c]!);
      });
      expect(values.slice(i * 144, (i + 1) * 144)).toEqual(expected);
    }
    expect([...found[1]!.labels]).toEqual([4, 0, 1, 2]);
    expect([...found[2]!.targets]).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 1]);
  });

  it('without what does not fill a batch', async () => {
    const batches = await open(noise(10), { dropLast: true });
    expect(batches.perEpoch).toBe(2);
    expect((await all(batches, 0)).map(({ shape }) => shape[0])).toEqual([4, 4]);
  });

  it('soft targets of mixed images, and the labels before', async () => {
    const [plain, mixed] = [await open(noise(8)), await open(noise(8), { augment: 'mixup=1' })];
    const [[before], [after]] = [await all(plain, 0), await all(mixed, 0)];
    expect(after!.labels).toEqual(before!.labels);
    expect(after!.targets).not.toEqual(before!.targets);
  });

  it('of mixup and cutmix one is chosen for each batch', async () => {
    const spec = 'mixup=1,cutmix=1';
    const found = await all(await open(noise(40), { augment: spec, seed: 2 }), 0);
    const plain = await all(await open(noise(40), { seed: 2 }), 0);
    const shares = found.map(
      ({ images }, i) => images.filter((v, k) => v === plain[i]!.images[k]).length / images.length,
    );
    // Mixup leaves no value as it is, but by chance.
    expect(shares.some((share) => share < 0.5)).toBe(true);
    expect(shares.some((share) => share >= 0.5 && share < 1)).toBe(true);
  });
});

describe('order', () => {
  it('every image once an epoch, in another order each time', async () => {
    const examples = noise(50);
    const batches = await open(examples, { seed: 3 });
    const orders: string[] = [];
    for (const epoch of [0, 1, 2]) {
      const images = (await all(batches, epoch)).flatMap((batch) =>
        Array.from(batch.labels, (_, i) => batch.images.slice(i * 144, i * 144 + 6).join()),
      );
      expect(new Set(images).size).toBe(50);
      orders.push(images.join('\n'));
    }
    expect(new Set(orders).size).toBe(3);
    expect(new Set(orders.map((order) => order.split('\n').sort().join())).size).toBe(1);
  });
});

describe('the same seed gives the same batches', () => {
  const augment = 'crop=2,flip,jitter=0.2:0.2:0.2:0.1,cutout=3,mixup=0.4,cutmix';
  it('bit by bit, and another seed others', async () => {
    const [first] = await all(await open(noise(20), { augment, seed: 5 }), 1);
    expect((await all(await open(noise(20), { augment, seed: 5 }), 1))[0]).toEqual(first);
    expect((await all(await open(noise(20), { augment, seed: 6 }), 1))[0]).not.toEqual(first);
    expect((await all(await open(noise(20), { augment, seed: 5 }), 2))[0]).not.toEqual(first);
  });

  it('wherever an epoch starts', async () => {
    const batches = await open(noise(30), { augment, seed: 5 });
    const whole = await all(batches, 3);
    for (let start = 0; start <= 8; start++) {
      expect(await all(batches, 3, start)).toEqual(whole.slice(start));
    }
  });

  it('an image is changed in the same way in a batch of any size', async () => {
    const options = { augment: 'crop=2,flip,cutout=3', seed: 5, shuffle: false };
    const small = await all(await open(noise(12), { ...options, batchSize: 3 }), 1);
    const large = await all(await open(noise(12), { ...options, batchSize: 12 }), 1);
    expect(small.flatMap(({ images }) => [...images])).toEqual([...large[0]!.images]);
  });

  it('and the images of the data set stay as they are', async () => {
    const examples = noise(20);
    const before = examples.storage.kind === 'pixels' ? examples.storage.pixels.slice() : null;
    await all(await open(examples, { augment }), 0);
    expect(examples.storage).toMatchObject({ pixels: before });
  });
});

describe('images that are decoded', () => {
  const image = (height: number, width: number) =>
    sharp({ create: { height, width, channels: 3, background: '#336699' } })
      .png()
      .toBuffer();

  it('come to one size', async () => {
    const files = { 'train/a/1.png': await image(9, 12), 'train/b/2.png': await image(20, 10) };
    const examples = await openDataset(`imagefolder:${folderWith(files)}`, 'train');
    for (const augment of ['resizedcrop=6', 'resize=7,centercrop=6', 'resize=6:6']) {
      const batches = await open(examples, { augment, shuffle: false });
      expect(batches.shape).toEqual([3, 6, 6]);
      const [batch] = await all(batches, 0);
      expect([...batch!.labels]).toEqual([0, 1]);
      const level = Math.fround((0x66 / 255 - 0.456) / 0.224);
      expect([...batch!.images.subarray(36, 72)]).toEqual(new Array(36).fill(level));
    }
    expect(await problemOf(async () => all(await open(examples), 0))).toMatch(
      /image 1 is \[3, 20, 10\], but batches take \[3, 9, 12\]/,
    );
  });

  it('one that is damaged is named', async () => {
    const whole = await image(4, 4);
    const files = { 'train/a/1.png': whole, 'train/a/2.png': whole.subarray(0, 60) };
    const examples = await openDataset(`imagefolder:${folderWith(files)}`, 'train');
    expect(await problemOf(async () => all(await open(examples), 0))).toMatch(/2\.png is no image/);
  });
});

describe('options that make no sense', () => {
  it.each([
    [{ batchSize: 0 }, /batchSize is a whole number from 1 on, not 0/],
    [{ batchSize: 1.5 }, /not 1.5/],
    [{ workers: -1 }, /workers is a whole number from 0 on/],
    [{ seed: -1 }, /seed is/],
    [{ batchSize: 11, dropLast: true }, /10 images do not fill a batch of 11/],
    [{ augment: 'twist' }, /there is no augmentation 'twist'/],
    [{ mean: [0.5] }, /mean takes a number for each of 3 channels/],
    [{ std: [1, 1, 0] }, /std takes a number above 0/],
  ])('%j', async (options, message) => {
    expect(await problemOf(() => open(noise(10), options))).toMatch(message);
  });

  it('no images', async () => {
    expect(await problemOf(() => open(noise(0)))).toMatch(/noise holds no images/);
  });
});
