import { inputError } from '../../errors.js';
import { GraphBuilder, inferTypes, type Model, Value } from '../../ir/index.js';
import type { Loss, LossOptions } from '../losses/index.js';
import type { ImageInput } from './images.js';

export interface LossHead {
  /** `[N, K]` */
  readonly outputs: Value;
  /** `[N, K]`, a new graph input. */
  readonly targets: Value;
  /** One number. */
  readonly loss: Value;
}

/** Adds a loss behind the first output of a model. @throws ReparamError unless that is one row for each image. */
export function addLoss(
  model: Model,
  images: ImageInput,
  loss: Loss,
  options: LossOptions = {},
): LossHead {
  const { graph } = model;
  const [outputs] = graph.outputs;
  if (!outputs) throw inputError('the model has no output');
  const inputShapes = new Map([[images.value.name, images.dims]]);
  const shape = inferTypes(model, { inputShapes }).of(outputs)?.shape ?? null;
  const [batch = null, classes = null] = shape ?? [];
  if (shape?.length !== 2 || batch !== images.dims[0] || typeof classes !== 'number') {
    throw inputError(
      `the output '${outputs.name}' is [${shape?.join(', ') ?? '?'}], not one row of numbers for each image`,
      { at: outputs.name, hint: 'classifiers and the like can be trained' },
    );
  }
  const b = new GraphBuilder(graph);
  const type = { dtype: 'float32', shape: [batch, classes] } as const;
  const targets = new Value(graph.uniqueName('targets'), type);
  graph.inputs.push(targets);
  return { outputs, targets, loss: loss.build(b, outputs, targets, { classes, ...options }) };
}
