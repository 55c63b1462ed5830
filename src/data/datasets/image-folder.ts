import { join } from 'node:path';
import { inputError } from '../../errors.js';
import { exists, filesBelow, foldersIn } from '../files.js';
import { kindOf } from '../samples/read.js';
import { quoted, shown } from '../text.js';
import { type Dataset, examplesOf, photographs, type Split } from './examples.js';

/** What the folder of a split may be called, the one that is taken first in front. */
const folderNames: Record<Split, readonly string[]> = {
  train: ['train'],
  test: ['val', 'validation', 'test'],
};

async function folderOf(location: string, split: Split): Promise<string> {
  for (const name of folderNames[split]) {
    const folder = join(location, name);
    if (await exists(folder)) return folder;
  }
  throw inputError(`${location} has no folder ${quoted(folderNames[split])}`, {
    at: location,
    hint: 'images lie as train/CLASS/name.jpg and val/CLASS/name.jpg',
  });
}

/** Classes are those of training wherever it is there: a label then means the same in both parts. */
async function classesOf(location: string, folder: string): Promise<string[]> {
  const training = join(location, 'train');
  const classes = await foldersIn((await exists(training)) ? training : folder);
  if (classes.length === 0) throw inputError(`${folder} holds no folders of classes`);
  return classes;
}

/**
 * Images in folders, one a class, in the habit of ImageNet and of torchvision's `ImageFolder`: classes are sorted by
 * name, images by path. They are decoded when they are read.
 */
export const imageFolder: Dataset = {
  name: 'imagefolder',
  title: 'Folders of images',
  location: 'folder with train/CLASS/*.jpg and val/CLASS/*.jpg',
  source: 'https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.ImageFolder.html',
  licence: 'that of the images',
  async open(location, split) {
    const folder = await folderOf(location, split);
    const classes = await classesOf(location, folder);
    const paths: string[] = [];
    const labels: number[] = [];
    for (const name of await foldersIn(folder)) {
      const label = classes.indexOf(name);
      if (label < 0) {
        throw inputError(
          `${join(folder, name)} is of class '${shown(name)}', which has no images in train`,
        );
      }
      for (const path of await filesBelow(join(folder, name))) {
        if (kindOf(path) !== 'image') continue;
        paths.push(path);
        labels.push(label);
      }
    }
    if (paths.length === 0) throw inputError(`${folder} holds no images`, { at: folder });
    return examplesOf({
      name: 'imagefolder',
      split,
      classes,
      labels: Int32Array.from(labels),
      notes: [],
      storage: { kind: 'files', paths },
      ...photographs,
    });
  },
};
