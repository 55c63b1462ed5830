import { inputError } from '../../errors.js';
import { type Model, namePatterns, requireMatches } from '../../ir/index.js';
import { type SpatialConv, spatialConvs } from '../../sgs/index.js';
import type { Recipe } from '../recipe/index.js';

/** The convolutions of a model that a recipe's `only` and `skip` leave, one for each weight. */
export function chosenConvs(model: Model, { only, skip }: Recipe, method: string): SpatialConv[] {
  const all = spatialConvs(model);
  if (all.length === 0) {
    throw inputError(`the model has no convolution with several taps, which '${method}' is for`, {
      hint: 'train it with --method baseline',
    });
  }
  const names = ({ node, weight }: SpatialConv): string[] =>
    [node.name, weight].filter((name) => name !== '');
  requireMatches([...only, ...skip], all.map(names), 'convolution with several taps');
  const [isChosen, isSkipped] = [namePatterns(only), namePatterns(skip)];
  const chosen = all.filter((conv) => {
    const any = (test: (name: string) => boolean): boolean => names(conv).some(test);
    return (only.length === 0 || any(isChosen)) && !any(isSkipped);
  });
  return [...new Map(chosen.map((conv) => [conv.weight, conv])).values()];
}
