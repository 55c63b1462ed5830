import { inputError } from '../../errors.js';
import type { Tensor } from '../../tensor/index.js';
import { type Npz, openNpz } from '../npz.js';
import { quoted } from '../text.js';
import { centred, type Dataset, examplesOf, numberedClasses, type Split } from './examples.js';
import { sharedBytes } from './storage.js';

/** More classes than any set has; a label beyond is damaged, and would ask for absurd memory. */
const mostClasses = 2 ** 17;

type Pair = readonly [images: string, labels: string];

const pairsOf = (part: string): Pair[] => [
  [`x_${part}`, `y_${part}`],
  [`${part}_images`, `${part}_labels`],
  [`images_${part}`, `labels_${part}`],
  [`X_${part}`, `y_${part}`],
];

/** Arrays of an archive that does not tell the splits apart. */
const unsplit: readonly Pair[] = [
  ['images', 'labels'],
  ['x', 'y'],
  ['X', 'y'],
  ['arr_0', 'arr_1'],
];

const known: Record<Split, readonly Pair[]> = {
  train: [...pairsOf('train'), ...unsplit],
  test: [...pairsOf('test'), ...pairsOf('val'), ...unsplit],
};

function findPair({ names }: Npz, split: Split, path: string): Pair {
  const pair = known[split].find((both) => both.every((name) => names.includes(name)));
  if (pair) return pair;
  throw inputError(`${path} holds ${quoted(names)}, but no images and labels for ${split}`, {
    at: path,
    hint: 'arrays are x_train, y_train, x_test, y_test, or images and labels',
  });
}

const isChannels = (length: number | undefined): boolean => length === 1 || length === 3;

interface Stack {
  readonly shape: readonly [number, number, number];
  readonly count: number;
  readonly channelsLast: boolean;
}

function stackOf({ dtype, dims }: Tensor, at: string): Stack {
  const [count = 0, a = 0, b = 0, c] = dims;
  const shape = `${dtype}[${dims.join(', ')}]`;
  if (dtype !== 'uint8') {
    throw inputError(`${at} is ${shape}; images are of type uint8, from 0 to 255`, { at });
  }
  if (dims.includes(0)) throw inputError(`${at} is ${shape}: it holds nothing`, { at });
  if (dims.length === 3) return { count, shape: [1, a, b], channelsLast: false };
  if (dims.length === 4 && c !== undefined) {
    if (isChannels(a)) return { count, shape: [a, b, c], channelsLast: false };
    if (isChannels(c)) return { count, shape: [c, a, b], channelsLast: true };
  }
  const expected = '[N, H, W], [N, C, H, W] or [N, H, W, C] with 1 or 3 channels';
  throw inputError(`${at} is ${shape}; images are ${expected}`, { at });
}

function pixelsOf({ bytes }: Tensor, { shape, count, channelsLast }: Stack): Uint8Array {
  const pixels = sharedBytes(bytes.length);
  const [channels, height, width] = shape;
  const plane = height * width;
  if (!channelsLast || channels === 1) pixels.set(bytes);
  else {
    for (let i = 0; i < count * plane; i++) {
      const start = Math.floor(i / plane) * channels * plane + (i % plane);
      for (let c = 0; c < channels; c++) {
        pixels[start + c * plane] = bytes[channels * i + c] as number;
      }
    }
  }
  return pixels;
}

function labelsOf(tensor: Tensor, count: number, at: string): Int32Array {
  const { dims, dtype } = tensor;
  const isVector = dims.length === 1 || (dims.length === 2 && dims[1] === 1);
  if (!isVector || dims[0] !== count || !/^u?int\d+$/.test(dtype)) {
    const found = `${dtype}[${dims.join(', ')}]`;
    throw inputError(`${at} is ${found}; labels are integers, one for each of ${count} images`, {
      at,
    });
  }
  const numbers = tensor.toNumbers();
  const wrong = numbers.find((label) => !(label >= 0 && label < mostClasses));
  if (wrong !== undefined) throw inputError(`${at} holds a label ${wrong}`, { at });
  return Int32Array.from(numbers);
}

/** Images and labels as NumPy saves them, under the names that Keras, MedMNIST and others give them. */
export const arrays: Dataset = {
  name: 'npz',
  title: 'NumPy arrays',
  location: '.npz file with images (uint8) and labels',
  source: 'https://numpy.org/doc/stable/reference/generated/numpy.savez.html',
  licence: 'that of the images',
  async open(path, split) {
    const npz = await openNpz(path);
    const [imageName, labelName] = findPair(npz, split, path);
    const images = npz.tensor(imageName);
    const stack = stackOf(images, `'${imageName}' in ${path}`);
    const labels = labelsOf(npz.tensor(labelName), stack.count, `'${labelName}' in ${path}`);
    const most = labels.reduce((a, b) => Math.max(a, b));
    return examplesOf({
      name: 'npz',
      split,
      classes: numberedClasses(most + 1),
      labels,
      notes: [],
      storage: { kind: 'pixels', shape: stack.shape, pixels: pixelsOf(images, stack) },
      ...centred(stack.shape[0]),
    });
  },
};
