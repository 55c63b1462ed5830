import { ReparamError } from '../../errors.js';
import { readBlockSpec } from './block-spec.js';
import { withBranches } from './branched.js';
import type { TrainingMethod } from './method.js';

/** Training with branches that the user describes in a file. */
export const custom: TrainingMethod = {
  name: 'custom',
  source: '',
  description: 'branches of a file, see --block-spec',
  async prepare(model, recipe) {
    if (recipe.blockSpec === null) {
      throw new ReparamError('usage', "the method 'custom' needs a file that describes the block", {
        hint: 'give it with --block-spec block.yaml',
      });
    }
    return withBranches(await readBlockSpec(recipe.blockSpec), model, recipe);
  },
};
