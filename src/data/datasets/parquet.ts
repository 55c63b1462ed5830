import { basename, dirname } from 'node:path';
import { inputError } from '../../errors.js';
import { filesBelow, isFolder } from '../files.js';
import { quoted } from '../text.js';
import { type Dataset, examplesOf, numberedClasses, photographs, type Split } from './examples.js';
import { readShard } from './parquet-file.js';
import { sharedBytes } from './storage.js';

/** How the names of a split's files begin, the ones that are taken first in front. */
const prefixes: Record<Split, readonly string[]> = {
  train: ['train'],
  test: ['test', 'validation', 'val', 'valid'],
};

/** More classes than any set has; a label beyond is damaged, and would ask for absurd memory. */
const mostClasses = 2 ** 17;

async function shardsOf(location: string, split: Split): Promise<string[]> {
  if (!(await isFolder(location))) return [location];
  const files = (await filesBelow(location)).filter((path) => path.endsWith('.parquet'));
  for (const prefix of prefixes[split]) {
    const found = files.filter((path) => new RegExp(`^${prefix}\\b`).test(basename(path)));
    const folders = new Set(found.map(dirname));
    if (folders.size > 1) {
      throw inputError(`${location} holds ${prefix} files in several folders: name one of them`, {
        at: location,
        hint: quoted([...folders]),
      });
    }
    if (found.length > 0) return found;
  }
  const expected = prefixes[split].map((prefix) => `${prefix}-*.parquet`).join(', ');
  throw inputError(`${location} holds no ${expected}`, { at: location });
}

/** A copy in memory that threads share: one block for all. */
function shared(images: readonly Uint8Array[]): Uint8Array[] {
  const block = sharedBytes(images.reduce((sum, image) => sum + image.length, 0));
  let offset = 0;
  return images.map((image) => {
    block.set(image, offset);
    offset += image.length;
    return block.subarray(offset - image.length, offset);
  });
}

/**
 * Image data sets as Hugging Face stores them: a column of images {bytes, path}, one of labels, in one file or several a
 * split. A single file is taken for whatever split is asked for. The files' images are held in memory, encoded as they
 * are, and decoded when they are read.
 */
export const parquet: Dataset = {
  name: 'parquet',
  title: 'Parquet files of images',
  location: 'file, or folder with train-*.parquet and test-*.parquet',
  source: 'https://huggingface.co/docs/datasets/image_dataset',
  licence: 'that of the images',
  async open(location, split, columns) {
    const files: Uint8Array[] = [];
    const at: string[] = [];
    const labels: number[] = [];
    let classes: readonly string[] | null = null;
    for (const path of await shardsOf(location, split)) {
      const shard = await readShard(path, columns);
      for (const file of shared(shard.images)) files.push(file);
      for (const label of shard.labels) labels.push(label);
      shard.images.forEach((_, row) => {
        at.push(`image ${row} of ${path}`);
      });
      classes ??= shard.classes;
    }
    if (files.length === 0) throw inputError(`${location} holds no images`, { at: location });
    const most = labels.reduce((a, b) => Math.max(a, b));
    const limit = classes?.length ?? mostClasses;
    if (most >= limit) {
      throw inputError(`${location} holds a label ${most}, and there are ${limit} classes`, {
        at: location,
      });
    }
    return examplesOf({
      name: 'parquet',
      split,
      classes: classes ?? numberedClasses(most + 1),
      labels: Int32Array.from(labels),
      notes: [],
      storage: { kind: 'encoded', files, at },
      ...photographs,
    });
  },
};
