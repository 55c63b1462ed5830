import type { Model, Value } from '../../ir/index.js';
import { findModelBuilder, modelBuilders } from '../../models/index.js';
import { loadModel } from '../../onnx/index.js';
import type { Tensor } from '../../tensor/index.js';

export interface ModelChoice {
  /** A built-in network, or the path of an ONNX file. */
  readonly model: string;
  readonly classes: number;
  /** C, H and W. */
  readonly image: readonly [number, number, number];
  readonly seed: number;
}

/** Whether a model is the path of a file, not the name of a built-in network. */
export const isModelFile = (model: string): boolean =>
  /[/\\]|\.onnx$/i.test(model) && !modelBuilders.some(({ name }) => name === model);

/** @throws ReparamError for a name that is neither, and for a file that cannot be read. */
export async function openSourceModel({ model, ...options }: ModelChoice): Promise<Model> {
  return isModelFile(model) ? loadModel(model) : findModelBuilder(model).build(options);
}

/**
 * Puts trained values into a model: it keeps everything else.
 * @param tensors by the name of the initializer; others are left out
 */
export function setInitializers(model: Model, tensors: ReadonlyMap<string, Tensor>): void {
  for (const value of model.graph.initializers) {
    const tensor = tensors.get(value.name);
    if (tensor) value.constant = tensor;
  }
}

/** Declares that a model takes any number of images at once, as it does once it is trained that way. */
export function openBatch({ graph }: Model): void {
  const free = ({ type }: Value): Value['type'] =>
    type?.shape && type.shape.length > 0
      ? { dtype: type.dtype, shape: ['N', ...type.shape.slice(1)] }
      : type;
  for (const value of [...graph.inputs, ...graph.outputs]) {
    if (!value.constant) value.type = free(value);
  }
}
