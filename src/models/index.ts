import { inputError } from '../errors.js';
import type { Model } from '../ir/index.js';
import { googlenetBuilders } from './googlenet.js';
import { mobilenetV1Builders } from './mobilenet-v1.js';
import { mobilenetV2Builders } from './mobilenet-v2.js';
import type { ModelBuilder, ModelOptions } from './model-builder.js';
import { nearestNames } from './nearest-names.js';
import { resnetBuilders } from './resnet.js';
import { cifarResnetBuilders } from './resnet-cifar.js';
import { vggBuilders } from './vgg.js';

export type { ModelBuilder, ModelOptions } from './model-builder.js';

export const modelBuilders: readonly ModelBuilder[] = [
  ...vggBuilders,
  ...cifarResnetBuilders,
  ...resnetBuilders,
  ...googlenetBuilders,
  ...mobilenetV1Builders,
  ...mobilenetV2Builders,
];

/** @throws ReparamError for a name that no builder has, with those that are spelled most alike. */
export function findModelBuilder(name: string): ModelBuilder {
  const builder = modelBuilders.find((candidate) => candidate.name === name);
  if (builder) return builder;
  const nearest = nearestNames(
    name,
    modelBuilders.map((candidate) => candidate.name),
  );
  throw inputError(`there is no model '${name}'`, { hint: `did you mean ${nearest.join(', ')}?` });
}

/** Builds a network by name, see {@link ModelBuilder}. @throws ReparamError as {@link findModelBuilder} and the builder do. */
export const buildModel = (name: string, options: ModelOptions = {}): Model =>
  findModelBuilder(name).build(options);
