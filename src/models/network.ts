import { inputError } from '../errors.js';
import type { Value } from '../ir/index.js';
import type { Initialization } from './initialization.js';
import { Layers } from './layers.js';
import type { ModelBuilder, ModelOptions } from './model-builder.js';

export const imageNet = { image: [3, 224, 224], classes: 1000 } as const;
export const cifar = { image: [3, 32, 32], classes: 10 } as const;

/** What tells one network from another. */
export interface Network {
  readonly name: string;
  readonly description: string;
  readonly source: string;
  /** The data set whose images and classes it has where the options do not say. */
  readonly madeFor: typeof imageNet | typeof cifar;
  readonly initialization: Initialization;
  /** Adds all layers: from `layers.input` to the logits [N, classes]. */
  logits(layers: Layers): Value;
}

/** A network as an entry of the list of models. */
export const modelBuilder = (network: Network): ModelBuilder => ({
  name: network.name,
  description: network.description,
  source: network.source,
  ...network.madeFor,
  build(options = {}) {
    const all = { ...network.madeFor, seed: 0, ...options };
    checkOptions(network.name, all);
    const layers = new Layers(network.name, all, network.initialization);
    return layers.model(network.logits(layers));
  },
});

function checkOptions(name: string, { classes, image, seed }: Required<ModelOptions>): void {
  const isPositive = (value: number) => Number.isSafeInteger(value) && value > 0;
  if (!isPositive(classes)) {
    const hint = 'give a whole number above 0';
    throw inputError(`'${name}' cannot have ${classes} classes`, { hint });
  }
  if (image.length !== 3 || !image.every(isPositive)) {
    const hint = 'give channels, height and width, each a whole number above 0';
    throw inputError(`'${name}' cannot read images of the shape [${image.join(', ')}]`, { hint });
  }
  if (!Number.isSafeInteger(seed)) {
    throw inputError(`'${name}' cannot have the seed ${seed}`, { hint: 'give a whole number' });
  }
}
