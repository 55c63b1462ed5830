import { inputError } from '../../errors.js';
import { counted } from '../text.js';
import { cifar10Classes, cifar100Classes, cifar100CoarseClasses } from './cifar-classes.js';
import {
  type Dataset,
  type Examples,
  examplesOf,
  type Normalization,
  type Split,
} from './examples.js';
import { type NamedFile, namedFiles } from './named-files.js';
import { decodePickle, PickledArray } from './pickle.js';
import { sharedBytes } from './storage.js';

const shape = [3, 32, 32] as const;
const imageBytes = 3 * 32 * 32;

/** How one of the two data sets, with one kind of labels, lies in its files. */
interface Layout {
  readonly name: string;
  /** Names of the files without `.bin`, which those of the Python version do not have. */
  readonly files: Record<Split, readonly string[]>;
  readonly subfolders: readonly string[];
  readonly classes: readonly string[];
  /** Bytes of labels before each image, and which of them counts. */
  readonly labelBytes: number;
  readonly labelAt: number;
  /** Entry of the Python version that holds the labels. */
  readonly labelKey: string;
  readonly normalization: Normalization;
}

/** Images and labels of one file. */
interface Batch {
  readonly at: string;
  readonly labels: readonly number[];
  /** Writes the images one after the other. */
  copyTo(target: Uint8Array, offset: number): void;
}

function binaryBatch({ bytes, at }: NamedFile, { labelBytes, labelAt }: Layout): Batch {
  const record = labelBytes + imageBytes;
  const count = Math.floor(bytes.length / record);
  if (count === 0 || bytes.length % record !== 0) {
    const problem = `${bytes.length} bytes are no whole number of records of ${record} bytes`;
    throw inputError(`${at} is damaged: ${problem}`, { at });
  }
  return {
    at,
    labels: Array.from({ length: count }, (_, i) => bytes[i * record + labelAt] as number),
    copyTo(target, offset) {
      for (let i = 0; i < count; i++) {
        const start = i * record + labelBytes;
        target.set(bytes.subarray(start, start + imageBytes), offset + i * imageBytes);
      }
    },
  };
}

function pythonBatch({ bytes, at }: NamedFile, { labelKey }: Layout): Batch {
  const content = decodePickle(bytes, at);
  const entry = (name: string) => (content instanceof Map ? content.get(name) : undefined);
  const [data, labels] = [entry('data'), entry(labelKey)];
  if (!(data instanceof PickledArray) || !Array.isArray(labels)) {
    throw inputError(`${at} is damaged: it lacks 'data' or '${labelKey}'`, { at });
  }
  const count = labels.length;
  if (count === 0 || data.shape.join() !== `${count},${imageBytes}`) {
    const found = `an array of [${data.shape.join(', ')}] for ${counted(count, 'label')}`;
    throw inputError(`${at} is damaged: it holds ${found}`, { at });
  }
  return {
    at,
    labels: labels.map(Number),
    copyTo(target, offset) {
      if (!data.fortranOrder) return target.set(data.bytes, offset);
      for (let i = 0; i < data.bytes.length; i++) {
        const [image, position] = [Math.floor(i / imageBytes), i % imageBytes];
        target[offset + i] = data.bytes[position * count + image] as number;
      }
    },
  };
}

function checkLabels({ labels, at }: Batch, { classes }: Layout): void {
  const wrong = labels.findIndex((label) => !(label >= 0 && label < classes.length));
  if (wrong < 0) return;
  const found = `image ${wrong} has the label ${labels[wrong]}, and there are ${classes.length} classes`;
  throw inputError(`${at} is damaged, or of another data set: ${found}`, { at });
}

async function openCifar(layout: Layout, location: string, split: Split): Promise<Examples> {
  const names = layout.files[split];
  const binaries = names.map((name) => `${name}.bin`);
  const files = await namedFiles(location, [...binaries, ...names], layout.subfolders);
  const isBinary = binaries.some((name) => files.has(name));
  const present = (isBinary ? binaries : names).flatMap((name) => files.get(name) ?? []);
  const read = isBinary ? binaryBatch : pythonBatch;
  const batches = present.map((file) => read(file, layout));
  for (const batch of batches) checkLabels(batch, layout);

  const labels = Int32Array.from(batches.flatMap((batch) => batch.labels));
  const pixels = sharedBytes(labels.length * imageBytes);
  let offset = 0;
  for (const batch of batches) {
    batch.copyTo(pixels, offset);
    offset += batch.labels.length * imageBytes;
  }
  const missing = names.length - present.length;
  return examplesOf({
    name: layout.name,
    split,
    classes: layout.classes,
    labels,
    notes:
      missing === 0
        ? []
        : [
            `${location} lacks ${missing} of ${names.length} training batches: ${labels.length} images are there`,
          ],
    storage: { kind: 'pixels', shape, pixels },
    ...layout.normalization,
  });
}

const source = 'https://www.cs.toronto.edu/~kriz/cifar.html';
const licence = 'not stated by its authors; research use, cite Krizhevsky 2009';
const location = 'folder or archive (.tar.gz, .tar.xz), binary or Python version';

const layout10: Layout = {
  name: 'cifar10',
  files: { train: [1, 2, 3, 4, 5].map((i) => `data_batch_${i}`), test: ['test_batch'] },
  subfolders: ['cifar-10-batches-bin', 'cifar-10-batches-py'],
  classes: cifar10Classes,
  labelBytes: 1,
  labelAt: 0,
  labelKey: 'labels',
  normalization: { mean: [0.4914, 0.4822, 0.4465], std: [0.247, 0.2435, 0.2616] },
};

const layout100: Layout = {
  name: 'cifar100',
  files: { train: ['train'], test: ['test'] },
  subfolders: ['cifar-100-binary', 'cifar-100-python'],
  classes: cifar100Classes,
  labelBytes: 2,
  labelAt: 1,
  labelKey: 'fine_labels',
  normalization: { mean: [0.5071, 0.4865, 0.4409], std: [0.2673, 0.2564, 0.2762] },
};

const coarse: Layout = {
  ...layout100,
  classes: cifar100CoarseClasses,
  labelAt: 0,
  labelKey: 'coarse_labels',
};

/** 60,000 photographs of 32×32 pixels in 10 classes. Batches that are missing are left out, and a note says so. */
export const cifar10: Dataset = {
  name: 'cifar10',
  title: 'CIFAR-10',
  location,
  source,
  licence,
  open: (path, split) => openCifar(layout10, path, split),
};

/** The same with 100 classes ('fine', by default) that form 20 groups ('coarse'). */
export const cifar100: Dataset = {
  name: 'cifar100',
  title: 'CIFAR-100',
  location,
  source,
  licence,
  async open(path, split, { label = 'fine' }) {
    if (label === 'fine') return openCifar(layout100, path, split);
    if (label === 'coarse') return openCifar(coarse, path, split);
    throw inputError(`CIFAR-100 has labels 'fine' and 'coarse', not '${label}'`);
  },
};
