import { inputError } from '../../errors.js';
import type { Model } from '../../ir/index.js';
import { importGraph } from './graph/write.js';
import { importLayers } from './layers/write.js';
import { type ModelFile, readModelFile } from './read/model-file.js';
import type { ImportedGraph } from './writer.js';

/** Order of the axes of images: [N, H, W, C], as TensorFlow.js has them, or [N, C, H, W]. */
export type ImageLayout = 'nhwc' | 'nchw';

export interface ImportOptions {
  /**
   * What inputs and outputs with four axes look like; 'nhwc' by default, so that the ONNX file takes and gives what the
   * model did. Inside, images are [N, C, H, W] in any case.
   */
  readonly inputLayout?: ImageLayout;
}

/** A TensorFlow.js model as an ONNX model. */
export interface ImportedModel {
  readonly model: Model;
  readonly file: ModelFile;
  readonly inputLayout: ImageLayout;
  /** Names in the ONNX model, in the order of the TensorFlow.js model. */
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Layers or nodes that the outputs come from. */
  readonly outputSources: readonly string[];
}

function write(file: ModelFile, first: boolean): ImportedGraph {
  try {
    return file.format === 'layers-model' ? importLayers(file, first) : importGraph(file, first);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw inputError(`${file.path} has models inside models, too deep to be read`, {
      at: file.path,
      cause,
    });
  }
}

/**
 * Reads a saved TensorFlow.js model, Keras-style layers or a TensorFlow graph, and writes it as ONNX (opset 17) in its
 * inference form. Weights are read without TensorFlow.js; quantized ones become float32.
 * @param path model.json, or the folder that holds it
 * @throws ReparamError for files that are missing or damaged, and for layers or operators that cannot be imported.
 */
export async function importTfjs(
  path: string,
  { inputLayout = 'nhwc' }: ImportOptions = {},
): Promise<ImportedModel> {
  const file = await readModelFile(path);
  const { writer, ...names } = write(file, inputLayout === 'nchw');
  return { model: writer.model(), file, inputLayout, ...names };
}
