import { spawnSync } from 'node:child_process';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { fixture, folderWith } from '../datasets/support.js';
import { buildData } from './built.js';
import { all, noise } from './support.js';

const { data, url, remove } = await buildData();
afterAll(remove);

const augment = 'crop=2,flip,jitter=0.2:0.2:0.2:0.1,cutout=3,mixup=0.4,cutmix';
const options = { batchSize: 4, augment, seed: 5 };

/** Runs a program that has `data` and `noise`-like examples, and must end by itself. */
function program(body: string): { status: number | null; stdout: string; stderr: string } {
  const source = `
    const data = await import(${JSON.stringify(url)});
    const examples = await data.openDataset('synthetic:size=8,count=400', 'train');
    const open = (more) => data.openBatches(examples, { batchSize: 4, workers: 2, ...more });
    ${body}`;
  const args = ['--input-type=module', '-e', source];
  return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 });
}

describe('the number of threads changes nothing', () => {
  it.each([1, 2, 3])('%i', async (workers) => {
    const inline = await data.openBatches(noise(30), { ...options, workers: 0 });
    const threaded = await data.openBatches(noise(30), { ...options, workers });
    for (const epoch of [0, 1])
      expect(await all(threaded, epoch)).toEqual(await all(inline, epoch));
    expect(await all(threaded, 1, 5)).toEqual(await all(inline, 1, 5));
    await threaded.close();
  });

  it.each([
    ['parquet', `parquet:${fixture('parquet')}`],
    ['shared pixels', `cifar10:${fixture('cifar-10-binary.tar.gz')}`],
  ])('%s', async (_, spec) => {
    const examples = await data.openDataset(spec, 'train');
    const inline = await data.openBatches(examples, { batchSize: 2, workers: 0 });
    const threaded = await data.openBatches(examples, { batchSize: 2, workers: 2 });
    expect(await all(threaded, 0)).toEqual(await all(inline, 0));
    await threaded.close();
  });

  it('two epochs at once', async () => {
    const inline = await data.openBatches(noise(30), { ...options, workers: 0 });
    const threaded = await data.openBatches(noise(30), { ...options, workers: 2 });
    const both = await Promise.all([all(threaded, 0), all(threaded, 1)]);
    expect(both).toEqual([await all(inline, 0), await all(inline, 1)]);
    await threaded.close();
  });
});

it('batches belong to whoever got them', async () => {
  const batches = await data.openBatches(noise(40), { ...options, workers: 2 });
  const kept = await all(batches, 0);
  const copies = kept.map(({ images }) => images.slice());
  await all(batches, 1);
  expect(kept.map(({ images }) => images)).toEqual(copies);
  expect(kept[0]!.images.buffer).toBeInstanceOf(ArrayBuffer);
  await batches.close();
});

describe('what goes wrong', () => {
  it('a damaged image is one error, with its name, and the others can still be had', async () => {
    const image = await sharp({
      create: { height: 4, width: 4, channels: 3, background: '#336699' },
    })
      .png()
      .toBuffer();
    const folder = folderWith({
      'train/a/1.png': image,
      'train/a/2.png': image.subarray(0, 60),
      'train/a/3.png': image,
    });
    const examples = await data.openDataset(`imagefolder:${folder}`, 'train');
    const settings = { batchSize: 1, workers: 2, shuffle: false };
    const batches = await data.openBatches(examples, settings);
    const seen: number[] = [];
    const read = async () => {
      for await (const { index } of batches.epoch(0)) seen.push(index);
    };
    await expect(read()).rejects.toMatchObject({
      name: 'ReparamError',
      code: 'input',
      message: expect.stringMatching(/2\.png is no image/),
      at: expect.stringMatching(/2\.png$/),
      hint: expect.stringMatching(/JPEG/),
    });
    expect(seen).toEqual([0]);
    expect((await all(batches, 0, 2)).length).toBe(1);
    await batches.close();
  });

  it('a fault of the program says so', async () => {
    const examples = noise(8);
    const storage = { ...examples.storage, pixels: null } as never;
    const batches = await data.openBatches(
      { ...examples, storage },
      { batchSize: 4, workers: 1, augment: 'resize=8:6' },
    );
    await expect(all(batches, 0)).rejects.toMatchObject({ code: 'internal' });
    await batches.close();
  });

  it('a thread that ends is one error', () => {
    const { stdout, stderr, status } = program(`
      const { Worker } = await import('node:worker_threads');
      const batches = await open({ workers: 1 });
      Worker.prototype.postMessage = function () { this.terminate(); };
      try { for await (const batch of batches.epoch(0)); } catch (error) {
        console.log(error.name, error.code, error.message);
      }`);
    expect(stderr).toBe('');
    expect(stdout).toMatch(
      /^ReparamError environment a thread that makes batches ended: exit code \d+\n$/,
    );
    expect(status).toBe(0);
  });

  it('closing while somebody waits', async () => {
    const batches = await data.openBatches(noise(40), { ...options, workers: 1 });
    const waiting = expect(all(batches, 0)).rejects.toMatchObject({
      message: expect.stringMatching(/it was closed/),
    });
    await batches.close();
    await waiting;
    await expect(all(batches, 0)).rejects.toMatchObject({ name: 'ReparamError' });
  });
});

describe('the process ends by itself', () => {
  it.each([
    [
      'after closing',
      'const b = await open(); for await (const x of b.epoch(0)) n++; await b.close();',
      100,
    ],
    ['without closing', 'const b = await open(); for await (const x of b.epoch(0)) n++;', 100],
    [
      'when an epoch is broken off',
      'const b = await open(); for await (const x of b.epoch(0)) if (++n === 3) break;',
      3,
    ],
    ['when nothing is asked for', 'const b = await open();', 0],
    [
      'after an error',
      'const b = await open(); try { for await (const x of b.epoch(0)) { n++; throw 1; } } catch {}',
      1,
    ],
  ])('%s', (_, body, expected) => {
    const { status, stdout, stderr } = program(`let n = 0; ${body} console.log(n);`);
    expect([status, stdout, stderr]).toEqual([0, `${expected}\n`, '']);
  });
});
