import type { Image } from '../images/image.js';
import { imageReader, type Storage } from './storage.js';

/** What a model learns from, or what it is measured on. */
export type Split = 'train' | 'test';

/** What values scaled to 0 … 1 are normalised with, one number a channel. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Images with labels. */
export interface Examples extends Normalization {
  /** Name of the data set. */
  readonly name: string;
  readonly split: Split;
  readonly length: number;
  /** Channels, height and width of all images; height and width are null where images have sizes of their own. */
  readonly shape: readonly [number, number, number] | readonly [number, null, null];
  readonly classes: readonly string[];
  /** Indices into `classes`, one an image. */
  readonly labels: Int32Array;
  /** What people should know, such as parts that are missing. */
  readonly notes: readonly string[];
  /** The images in a form that threads share without copying them. */
  readonly storage: Storage;
  /**
   * One image, as the data set holds it; a promise where images are decoded.
   * @throws ReparamError for an image that is damaged.
   */
  read(index: number): Image | Promise<Image>;
}

export interface OpenOptions {
  /** Column of a parquet set that holds the images; the one that looks like it by default. */
  readonly image?: string;
  /** Which labels, where there are several: a column of a parquet set, or 'coarse' for CIFAR-100. */
  readonly label?: string;
}

/** A kind of data set, with what its makers say of it. */
export interface Dataset {
  /** What comes before the colon in `name:location`. */
  readonly name: string;
  readonly title: string;
  /** What the location is, for help texts. */
  readonly location: string;
  /** Where the data come from, or the description of the format. */
  readonly source: string;
  readonly licence: string;
  /**
   * Opens one part of a data set.
   * @throws ReparamError for files that are missing, damaged or of another kind.
   */
  open(location: string, split: Split, options: OpenOptions): Promise<Examples>;
}

/** Names of classes that have only numbers. */
export const numberedClasses = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => String(i));

/** The statistics of ImageNet, which suit photographs in general. */
export const photographs: Normalization = {
  mean: [0.485, 0.456, 0.406],
  std: [0.229, 0.224, 0.225],
};

/** Maps every channel to −1 … 1: for images of which nothing is known. */
export const centred = (channels: number): Normalization => ({
  mean: new Array<number>(channels).fill(0.5),
  std: new Array<number>(channels).fill(0.5),
});

type Given = Omit<Examples, 'length' | 'shape' | 'read'>;

export function examplesOf(given: Given): Examples {
  const { storage, labels } = given;
  const shape = storage.kind === 'pixels' ? storage.shape : ([3, null, null] as const);
  return { ...given, length: labels.length, shape, read: imageReader(storage) };
}
