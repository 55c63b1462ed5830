import { fileBytes } from '../files.js';
import { decodePlanes, type Image } from '../images/image.js';

/** The images of a data set: plain data over shared memory, so that handing it to a thread copies nothing large. */
export type Storage = PixelStorage | FileStorage | EncodedStorage;

/** Images of one size, one after the other. */
interface PixelStorage {
  readonly kind: 'pixels';
  readonly shape: readonly [number, number, number];
  /** [N, C, H, W] in shared memory. */
  readonly pixels: Uint8Array;
}

/** Image files, read when their turn comes. */
interface FileStorage {
  readonly kind: 'files';
  readonly paths: readonly string[];
}

/** Image files held in shared memory, decoded when their turn comes. */
interface EncodedStorage {
  readonly kind: 'encoded';
  readonly files: readonly Uint8Array[];
  /** The file that they come from, for messages. */
  readonly at: readonly string[];
}

/** Bytes that all threads see. */
export const sharedBytes = (length: number): Uint8Array =>
  new Uint8Array(new SharedArrayBuffer(length));

/** Reads images by index. What is in memory is not copied: the caller must not change it. */
export function imageReader(storage: Storage): (index: number) => Image | Promise<Image> {
  if (storage.kind === 'files') {
    const { paths } = storage;
    return async (index) => {
      const path = paths[index] as string;
      return decodePlanes(await fileBytes(path), path);
    };
  }
  if (storage.kind === 'encoded') {
    const { files, at } = storage;
    return (index) => decodePlanes(files[index] as Uint8Array, at[index] as string);
  }
  const { shape, pixels } = storage;
  const [channels, height, width] = shape;
  const size = channels * height * width;
  return (index) => ({
    channels,
    height,
    width,
    pixels: pixels.subarray(index * size, (index + 1) * size),
  });
}
