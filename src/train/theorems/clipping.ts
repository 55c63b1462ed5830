import { clipByNorm } from '../../optimizers/clip.js';
import { scaleBy } from '../../optimizers/index.js';
import { difference } from './compare.js';
import { always, sgd, sides } from './experiment.js';
import { window } from './network/window.js';
import { asTensor, type Context } from './side.js';
import { exact, fails, type Theorem } from './theorem.js';

/** ACB and a 1×1, twice: with a G of up to 4, the norm of all branches is another one. */
const branches = [window(3, 3), window(1, 3), window(3, 1), window(1, 1)];
const layers = [{ branches }, { branches, stride: 2 }];

/** Less than the norm of any step's gradients. */
const limit = 0.3;

const common = { optimizer: sgd, options: { clipNorm: limit }, rate: always(0.3) };

/** The plain network clips by the norm of its own gradients, and multiplies with G then. */
function clippedFirst(context: Context): Promise<number> {
  const [branched, { network, scaling = new Map() }] = sides(layers, common);
  const tensors = new Map([...scaling].map(([name, factors]) => [name, asTensor(factors)]));
  const optimizer = { ...sgd, directions: () => [clipByNorm(limit), scaleBy(tensors)] };
  return difference(context, branched, { network, optimizer, rate: common.rate });
}

/** Gradients that are cut to a largest norm. */
export const clipping: readonly Theorem[] = [
  exact(
    'T10',
    'clipping: the norm of all branches is √Σ(G ⊙ g²); clip with that, then scale',
    (c) => difference(c, ...sides(layers, common)),
  ),
  fails('C5', 'clipping by the norm √Σg² before scaling', 0.28, clippedFirst),
];
