import { inputError } from '../../errors.js';
import {
  type Dataset,
  type Examples,
  examplesOf,
  type Normalization,
  numberedClasses,
  type Split,
} from './examples.js';
import { decodeIdx } from './idx.js';
import { type NamedFile, namedFiles } from './named-files.js';
import { sharedBytes } from './storage.js';

interface Kind {
  readonly name: string;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
}

const prefixes = { train: 'train', test: 't10k' } as const;

/** The first of the spellings that are about. */
async function find(location: string, prefix: string, kind: string): Promise<NamedFile> {
  const plain = [`${prefix}-${kind}-ubyte`, `${prefix}-${kind.replace(/-/, '.')}-ubyte`];
  const names = plain.flatMap((name) => [name, `${name}.gz`]);
  // Where torchvision puts them.
  const files = await namedFiles(location, names, ['raw', 'MNIST/raw', 'FashionMNIST/raw']);
  const [first] = files.values();
  return first as NamedFile;
}

async function openMnist(kind: Kind, location: string, split: Split): Promise<Examples> {
  const prefix = prefixes[split];
  const imageFile = await find(location, prefix, 'images-idx3');
  const labelFile = await find(location, prefix, 'labels-idx1');
  const { dims, bytes } = decodeIdx(imageFile, 3);
  const labels = Int32Array.from(decodeIdx(labelFile, 1).bytes);
  const [count = 0, height = 0, width = 0] = dims;
  if (bytes.length === 0) throw inputError(`${imageFile.at} holds no images`);
  if (labels.length !== count) {
    const found = `${count} images, but ${labelFile.at} ${labels.length} labels`;
    throw inputError(`${imageFile.at} holds ${found}`, { at: location });
  }
  const wrong = labels.findIndex((label) => label >= kind.classes.length);
  if (wrong >= 0) {
    const found = `label ${wrong} is ${labels[wrong]}, and there are ${kind.classes.length} classes`;
    throw inputError(`${labelFile.at} is damaged, or of another data set: ${found}`);
  }
  const pixels = sharedBytes(bytes.length);
  pixels.set(bytes);
  return examplesOf({
    name: kind.name,
    split,
    classes: kind.classes,
    labels,
    notes: [],
    storage: { kind: 'pixels', shape: [1, height, width], pixels },
    ...kind.normalization,
  });
}

const location = 'folder with IDX files, plain or .gz';

const digits: Kind = {
  name: 'mnist',
  classes: numberedClasses(10),
  normalization: { mean: [0.1307], std: [0.3081] },
};

const clothes: Kind = {
  name: 'fashion-mnist',
  classes: [
    'T-shirt/top',
    'Trouser',
    'Pullover',
    'Dress',
    'Coat',
    'Sandal',
    'Shirt',
    'Sneaker',
    'Bag',
    'Ankle boot',
  ],
  normalization: { mean: [0.286], std: [0.353] },
};

/** 70,000 handwritten digits of 28×28 pixels in one channel. */
export const mnist: Dataset = {
  name: 'mnist',
  title: 'MNIST',
  location,
  source: 'http://yann.lecun.com/exdb/mnist',
  licence: 'CC BY-SA 3.0',
  open: (path, split) => openMnist(digits, path, split),
};

/** 70,000 pictures of clothes in MNIST's format. */
export const fashionMnist: Dataset = {
  name: 'fashion-mnist',
  title: 'Fashion-MNIST',
  location,
  source: 'https://github.com/zalandoresearch/fashion-mnist',
  licence: 'MIT',
  open: (path, split) => openMnist(clothes, path, split),
};
