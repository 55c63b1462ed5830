import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { openDataset } from '../../../src/data/index.js';
import { problemOf } from '../problems.js';
import { expectImages, folderWith, pixelsOf } from './support.js';

/** Image `n` of 3 channels, 4 rows and 5 columns. */
async function png(n: number): Promise<Uint8Array> {
  const planes = pixelsOf(n, 60);
  const rows = planes.map((_, i) => planes[(i % 3) * 20 + Math.floor(i / 3)]!);
  const raw = { height: 4, width: 5, channels: 3 } as const;
  return sharp(Uint8Array.from(rows), { raw }).png().toBuffer();
}

it('classes are folders, in the order of their names', async () => {
  const folder = folderWith({
    'train/dog/b.png': await png(2),
    'train/dog/a.png': await png(1),
    'train/cat/deep/x.PNG': await png(0),
    'train/cat/notes.txt': 'left out',
    'train/Zebra/z.png': await png(3),
    'val/dog/1.png': await png(4),
    'test/cat/1.png': await png(5),
  });
  symlinkSync(join(folder, 'train/dog'), join(folder, 'train/wolf'));
  const train = await openDataset(`imagefolder:${folder}`, 'train');
  expect(train.classes).toEqual(['Zebra', 'cat', 'dog', 'wolf']);
  expect([...train.labels]).toEqual([0, 1, 2, 2, 3, 3]);
  expect(train.shape).toEqual([3, null, null]);
  await expectImages(train, [3, 0, 1, 2, 1, 2]);
  const test = await openDataset(`imagefolder:${folder}`, 'test');
  expect([...test.labels]).toEqual([2]);
  expect(test.classes).toEqual(train.classes);
  await expectImages(test, [4]);
});

it('grey images become three planes, 16 bits become 8', async () => {
  const raw = { height: 1, width: 2, channels: 1 } as const;
  const grey = await sharp(Uint8Array.of(7, 200), { raw }).toColourspace('b-w').png().toBuffer();
  const folder = folderWith({ 'train/a/1.png': grey });
  const examples = await openDataset(`imagefolder:${folder}`, 'train');
  expect([...(await examples.read(0)).pixels]).toEqual([7, 200, 7, 200, 7, 200]);
});

it('what does not fit is named', async () => {
  const image = await png(0);
  const broken = folderWith({ 'train/a/1.jpg': image.subarray(0, 50), 'val/b/1.png': image });
  const examples = await openDataset(`imagefolder:${broken}`, 'train');
  expect(await problemOf(() => examples.read(0))).toMatch(/1\.jpg is no image/);
  expect(await problemOf(() => openDataset(`imagefolder:${broken}`, 'test'))).toMatch(
    /val\/b is of class 'b', which has no images in train/,
  );
  const empty = folderWith({ 'train/a/x.txt': '' });
  expect(await problemOf(() => openDataset(`imagefolder:${empty}`, 'train'))).toMatch(/no images/);
  expect(await problemOf(() => openDataset(`imagefolder:${empty}`, 'test'))).toMatch(
    /has no folder 'val', 'validation', 'test'/,
  );
});
