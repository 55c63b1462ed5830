export { sameHeader, sameNode, sameOpaque } from './canonical.js';
export { copyModel } from './copy.js';
export { type DecodeOptions, decodeModel } from './decode.js';
export { type EncodeOptions, encodeChunks, encodeModel } from './encode.js';
export type {
  ExternalDataReader,
  ExternalDataWriter,
  ExternalRange,
  ExternalSlice,
} from './external.js';
export {
  filesReadBy,
  loadModel,
  type SavedModel,
  type SaveOptions,
  saveModel,
} from './files.js';
