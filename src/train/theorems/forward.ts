import { inPairs, minus, norm } from './compare.js';
import { sgd, sides, usualLayers } from './experiment.js';
import type { Context } from './side.js';
import { exact, type Theorem } from './theorem.js';

const batches = 5;

/** The largest ‖difference‖ / ‖outputs‖, merged anew before each batch. */
function outputs(context: Context): Promise<number> {
  const [branched, plain] = sides(usualLayers, { optimizer: sgd });
  return inPairs(context, branched, plain, async (one, other) => {
    let worst = 0;
    for (let step = 1; step <= batches; step++) {
      const [a, b] = [await one.learn(step), await other.learn(step)];
      worst = Math.max(worst, norm(minus(a, b)) / norm(Array.from(a)));
      await other.moveTo(await one.merged());
    }
    return worst;
  });
}

/** What networks compute, however they learn. */
export const forward: readonly Theorem[] = [
  exact('T21', 'the merged convolution computes what the branches do', outputs),
];
