import type { Model } from '../ir/index.js';
import { copyModel, decodeModel, loadModel } from '../onnx/index.js';

/** A model in memory, an encoded ONNX file, or a file that onnxruntime reads itself, external data included. */
export type ModelSource = Model | Uint8Array | { readonly path: string };

/** The model of a source, which others may hold too. @throws ReparamError for what cannot be read. */
export async function readSource(source: ModelSource): Promise<Model> {
  if (source instanceof Uint8Array) return decodeModel(source);
  return 'path' in source ? loadModel(source.path) : source;
}

/** A model of one's own that may be changed. @throws ReparamError for what cannot be read. */
export async function copySource(source: ModelSource): Promise<Model> {
  return 'graph' in source ? copyModel(source) : readSource(source);
}
