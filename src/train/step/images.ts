import { inputError } from '../../errors.js';
import { isKnown, type Model, type Value } from '../../ir/index.js';

/** The graph input that takes images, and its lengths `[N, C, H, W]`. */
export interface ImageInput {
  readonly value: Value;
  readonly dims: readonly number[];
}

/**
 * The model's image input with its lengths known.
 * @param batchSize N
 * @param image C, H and W where the model leaves them open
 * @throws ReparamError when the model takes something else.
 */
export function imageInput(
  model: Model,
  batchSize: number,
  image: readonly number[] | undefined,
): ImageInput {
  const inputs = model.graph.inputs.filter((input) => !input.constant);
  const [value] = inputs;
  if (!value || inputs.length > 1) {
    throw inputError(`the model has ${inputs.length} inputs, and one that takes images is needed`);
  }
  const stated = value.type?.shape ?? [];
  const dims = [batchSize, ...(image ?? stated.slice(1))];
  const agrees = dims.every((length, axis) => {
    return axis === 0 || typeof stated[axis] !== 'number' || stated[axis] === length;
  });
  if ((stated.length !== 0 && stated.length !== dims.length) || !agrees) {
    throw inputError(
      `the input '${value.name}' is [${stated.join(', ')}], but the images are [${dims.join(', ')}]`,
      { at: value.name, hint: 'give images of the size that the model takes' },
    );
  }
  if (isKnown(dims)) return { value, dims };
  throw inputError(`the lengths of the input '${value.name}' are open`, {
    at: value.name,
    hint: 'say how large the images are',
  });
}
