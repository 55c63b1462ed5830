import { basename } from 'node:path';
import { inputError } from '../../errors.js';
import { Tensor } from '../../tensor/index.js';
import { filesIn } from '../files.js';
import { openNpz } from '../npz.js';
import { counted } from '../text.js';
import { allArraysByInput, memberName, onlyInput } from './archive.js';
import { type ExpectedInput, fixedLength, imageTarget } from './expected.js';
import { fitArray } from './fit.js';
import type { Loader } from './loader.js';
import { type Context, kindOf, readInput, requireKind } from './read.js';

/** Images of one size as one batch. */
function stack(images: readonly Tensor[], paths: readonly string[]): Tensor {
  const [first, ...others] = images as [Tensor, ...Tensor[]];
  if (others.length === 0) return first;
  const row = first.dims.slice(1);
  const bytes = new Uint8Array(images.reduce((sum, image) => sum + image.bytes.length, 0));
  let offset = 0;
  images.forEach((image, i) => {
    if (image.dims.slice(1).join() !== row.join()) {
      const pair = `${paths[0]} and ${paths[i]}`;
      throw inputError(`${pair} have different sizes and cannot share a batch`, {
        hint: 'give --size to bring them to the same one',
      });
    }
    bytes.set(image.bytes, offset);
    offset += image.bytes.length;
  });
  return new Tensor(first.dtype, [images.length, ...row], bytes);
}

function imageBatch(paths: readonly string[], input: ExpectedInput, context: Context): Loader {
  // Alone, an image is a batch of 1, whatever the length of the model's.
  const one =
    input.shape?.length === 4 ? { ...input, shape: [null, ...input.shape.slice(1)] } : input;
  const [first = '', last = ''] = [paths[0], paths.at(-1)];
  return {
    source: paths.length === 1 ? first : `${first} … ${basename(last)}`,
    async load() {
      const images: Tensor[] = [];
      for (const path of paths) images.push(await readInput(path, 'image', one, context));
      return new Map([[input.name, stack(images, paths)]]);
    },
  };
}

/** Images in groups as long as the model's batch. */
function imageSamples(folder: string, paths: readonly string[], context: Context): Loader[] {
  const input = onlyInput(context.inputs, folder);
  // Asked here, so that a model that takes no images is known at once.
  imageTarget(input);
  const batched = input.shape?.length === 4;
  const fixed = batched ? fixedLength(input.shape?.[0]) : 1;
  const size = fixed ?? context.batch;
  const groups: Loader[] = [];
  for (let i = 0; i < paths.length; i += size) {
    const group = paths.slice(i, i + size);
    if (group.length === size || fixed === null) groups.push(imageBatch(group, input, context));
    else if (groups.length > 0) {
      context.note(
        `${counted(group.length, 'image')} at the end of ${folder} left out: too few for a batch`,
      );
    } else {
      const needed = `input '${input.name}' takes ${size} at once`;
      throw inputError(`${folder} holds ${counted(group.length, 'image')}, but ${needed}`);
    }
  }
  return groups;
}

/** A file as one sample; nothing of it is read before it is needed. */
function arraySample(path: string, context: Context): Loader {
  const { inputs, note } = context;
  const kind = requireKind(path);
  if (kind !== 'npz') {
    const input = onlyInput(inputs, path);
    const load = async () => new Map([[input.name, await readInput(path, kind, input, context)]]);
    return { source: path, load };
  }
  const load = async () => {
    const npz = await openNpz(path);
    const tensors = new Map<string, Tensor>();
    for (const [input, array] of allArraysByInput(npz, path, inputs, note)) {
      const at = memberName(path, array);
      tensors.set(input.name, fitArray(npz.tensor(array), input, at, note));
    }
    return tensors;
  };
  return { source: path, load };
}

/**
 * The samples of a folder, by name in natural order: its images, in groups as long as the model's batch, then its
 * arrays, each file one sample. Files of other kinds are left out.
 * @throws ReparamError for a folder without samples, and for files that cannot be samples of the model.
 */
export async function folderSamples(folder: string, context: Context): Promise<Loader[]> {
  const paths = await filesIn(folder);
  const known = paths.filter((path) => kindOf(path) !== null);
  if (known.length === 0) {
    throw inputError(`${folder} holds no images and no .npy, .npz or .bin files`, { at: folder });
  }
  const others = paths.length - known.length;
  if (others > 0) context.note(`${counted(others, 'file')} of other kinds in ${folder} left out`);
  const images = known.filter((path) => kindOf(path) === 'image');
  const arrays = known.filter((path) => kindOf(path) !== 'image');
  return [
    ...(images.length > 0 ? imageSamples(folder, images, context) : []),
    ...arrays.map((path) => arraySample(path, context)),
  ];
}
