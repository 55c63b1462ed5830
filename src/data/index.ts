export { decodeNpy, encodeNpy } from './npy.js';
export { type Npz, openNpz } from './npz.js';
export { decodeRaw } from './raw.js';
