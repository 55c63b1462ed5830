export {
  type Augmentation,
  augmentations,
  type Parameter,
  parseAugment,
  type Step,
} from './augment/index.js';
export {
  type Batch,
  type Batches,
  type BatchOptions,
  type EpochOptions,
  openBatches,
} from './batches/index.js';
export {
  type Dataset,
  datasets,
  type Examples,
  examplesOf,
  type Normalization,
  type OpenOptions,
  openDataset,
  type Split,
} from './datasets/index.js';
export type { Extent, Fit } from './images/geometry.js';
export type { Image } from './images/image.js';
export { decodeImage, type ImageOptions, type ImageTarget } from './images/image-tensor.js';
export { decodeNpy, encodeNpy } from './npy.js';
export { type Npz, openNpz } from './npz.js';
export { decodeRaw } from './raw.js';
export type { GivenShapes } from './samples/expected.js';
export type { Sample } from './samples/loader.js';
export { type SampleRequest, type SampleSource, sampleSource } from './samples/source.js';
