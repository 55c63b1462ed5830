import { inputError, ReparamError } from '../../errors.js';
import type { Model } from '../../ir/index.js';
import { type SpatialConv, spatialConvs } from '../../sgs/index.js';
import type { Recipe } from '../recipe/index.js';
import { namePatterns } from '../step/index.js';

/** The convolutions of a model that a recipe's `only` and `skip` leave, one for each weight. */
export function chosenConvs(model: Model, { only, skip }: Recipe, method: string): SpatialConv[] {
  const all = spatialConvs(model);
  if (all.length === 0) {
    throw inputError(`the model has no convolution with several taps, which '${method}' is for`, {
      hint: 'train it with --method baseline',
    });
  }
  const names = ({ node, weight }: SpatialConv): string[] => [node.name, weight];
  for (const pattern of [...only, ...skip]) {
    if (all.some((conv) => names(conv).some(namePatterns([pattern])))) continue;
    const some = all.slice(0, 3).map(({ node, weight }) => node.name || weight);
    throw new ReparamError('usage', `no convolution with several taps is named '${pattern}'`, {
      hint: `the model's are named ${some.join(', ')}${all.length > 3 ? ' …' : ''}`,
    });
  }
  const [isChosen, isSkipped] = [namePatterns(only), namePatterns(skip)];
  const chosen = all.filter((conv) => {
    const any = (test: (name: string) => boolean): boolean => names(conv).some(test);
    return (only.length === 0 || any(isChosen)) && !any(isSkipped);
  });
  return [...new Map(chosen.map((conv) => [conv.weight, conv])).values()];
}
