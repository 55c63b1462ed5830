import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { filesInArchive } from '../../../src/data/datasets/archive.js';
import { openDataset, type Split } from '../../../src/data/index.js';
import { problemOf } from '../problems.js';
import { expectImages, fixture, folderWith, pixelsOf, tarGz } from './support.js';

const open = (spec: string, split: Split = 'train', label?: string) =>
  openDataset(spec, split, label === undefined ? {} : { label });

const upTo = (start: number, end: number) =>
  Array.from({ length: end - start }, (_, i) => start + i);

/** The archive's files in a folder. */
async function unpacked(
  archive: string,
  names: readonly string[],
  subfolder = '',
): Promise<string> {
  const files = await filesInArchive(fixture(archive), names);
  return folderWith(
    Object.fromEntries([...files].map(([name, bytes]) => [`${subfolder}${name}`, bytes])),
  );
}

describe.each([
  ['binary', '.bin', 'bin'],
  ['python', '', 'py'],
])('the %s version', (version, ending, suffix) => {
  it('CIFAR-10 as an archive', async () => {
    const train = await open(`cifar10:${fixture(`cifar-10-${version}.tar.gz`)}`);
    expect(train.shape).toEqual([3, 32, 32]);
    expect([...train.labels]).toEqual(upTo(0, 10));
    expect(train.classes.slice(0, 3)).toEqual(['airplane', 'automobile', 'bird']);
    expect(train.notes).toEqual([]);
    await expectImages(train, upTo(0, 10));
    const test = await open(`cifar10:${fixture(`cifar-10-${version}.tar.gz`)}`, 'test');
    expect([...test.labels]).toEqual([0, 1]);
    await expectImages(test, [10, 11]);
  });

  it('CIFAR-10 as folders, with two of five batches', async () => {
    const names = ['data_batch_2', 'data_batch_3'].map((name) => name + ending);
    for (const subfolder of ['', `cifar-10-batches-${suffix}/`]) {
      const folder = await unpacked(`cifar-10-${version}.tar.gz`, names, subfolder);
      const train = await open(`cifar10:${folder}`);
      expect([...train.labels]).toEqual([2, 3, 4, 5]);
      await expectImages(train, upTo(2, 6));
      expect(train.notes).toEqual([`${folder} lacks 3 of 5 training batches: 4 images are there`]);
    }
  });

  it('CIFAR-100, fine and coarse', async () => {
    const spec = `cifar100:${fixture(`cifar-100-${version}.tar.gz`)}`;
    const fine = await open(spec);
    expect([...fine.labels]).toEqual([38, 39]);
    expect([...fine.labels].map((label) => fine.classes[label])).toEqual(['kangaroo', 'keyboard']);
    expect(fine.classes.length).toBe(100);
    await expectImages(fine, [38, 39]);
    const coarse = await open(spec, 'test', 'coarse');
    expect([...coarse.labels]).toEqual([18, 19]);
    expect([...coarse.labels].map((label) => coarse.classes[label])).toEqual([
      'vehicles_1',
      'vehicles_2',
    ]);
    await expectImages(coarse, [98, 99]);
    expect(await problemOf(() => open(spec, 'train', 'middle'))).toMatch(/'fine' and 'coarse'/);
  });

  it('a truncated file is named', async () => {
    const name = `data_batch_4${ending}`;
    const [bytes] = (await filesInArchive(fixture(`cifar-10-${version}.tar.gz`), [name])).values();
    for (const length of [0, 1, 100, bytes!.length - 1]) {
      const folder = folderWith({ [name]: bytes!.subarray(0, length) });
      expect(await problemOf(() => open(`cifar10:${folder}`))).toContain(name);
    }
  });
});

it('labels out of range are named', async () => {
  const record = Uint8Array.from([10, ...pixelsOf(0, 3072)]);
  const folder = folderWith({ 'test_batch.bin': record });
  expect(await problemOf(() => open(`cifar10:${folder}`, 'test'))).toMatch(
    /test_batch\.bin is damaged, or of another data set: image 0 has the label 10, and there are 10/,
  );
});

it('a folder or an archive without batches', async () => {
  const folder = folderWith({ 'a.txt': 'a' });
  expect(await problemOf(() => open(`cifar10:${folder}`))).toMatch(
    /holds none of data_batch_1\.bin/,
  );
  expect(await problemOf(() => open(`cifar10:${folder}/a.txt`))).toMatch(
    /a\.txt cannot be read as an archive/,
  );
  expect(await problemOf(() => open(`cifar10:${folder}/b`))).toMatch(/no such file/);
  const archive = folderWith({ 'a.tar.gz': tarGz({ other: new Uint8Array(3) }) });
  expect(await problemOf(() => open(`cifar10:${archive}/a.tar.gz`))).toMatch(/holds none of/);
});

it('a pickle that is no batch', async () => {
  // What Python would run as `os.system('true')`.
  const hostile = "cos\nsystem\n(S'true'\ntR.";
  for (const [content, message] of [
    [hostile, /data_batch_1 is no batch of CIFAR in Python's format: it asks for 'os system'/],
    ['\x80\x02}.', /data_batch_1 is damaged: it lacks 'data' or 'labels'/],
    ['\x80\x02c__builtin__\neval\n.', /asks for '__builtin__ eval'/],
  ] as const) {
    const folder = folderWith({ data_batch_1: Buffer.from(content, 'latin1') });
    expect(await problemOf(() => open(`cifar10:${folder}`))).toMatch(message);
  }
});

it('an archive cut off anywhere, or with any byte replaced, is read or refused', async () => {
  const bytes = readFileSync(fixture('cifar-100-python.tar.gz'));
  for (let i = 0; i < bytes.length; i += 5) {
    const folder = folderWith({
      cut: bytes.subarray(0, i),
      changed: new Uint8Array(bytes).with(i, 0xff),
    });
    expect(await problemOf(() => open(`cifar100:${folder}/cut`))).not.toBe('none');
    await problemOf(() => open(`cifar100:${folder}/changed`));
  }
});
