export type { Extent, Fit } from './images/geometry.js';
export { decodeImage, type ImageOptions, type ImageTarget } from './images/image-tensor.js';
export { decodeNpy, encodeNpy } from './npy.js';
export { type Npz, openNpz } from './npz.js';
export { decodeRaw } from './raw.js';
export type { GivenShapes } from './samples/expected.js';
export type { Sample } from './samples/loader.js';
export { type SampleRequest, type SampleSource, sampleSource } from './samples/source.js';
