import { difference } from './compare.js';
import { sgd, sides } from './experiment.js';
import type { Branch } from './network/branch.js';
import { identity, learnedIdentity } from './network/identity.js';
import type { Layer } from './network/network.js';
import { withFrozenNorm } from './network/normalized.js';
import { scaled } from './network/scaled.js';
import { window } from './network/window.js';
import { exact, fails, type Theorem } from './theorem.js';

const twice = (...branches: readonly Branch[]): Layer[] => [{ branches }, { branches }];

const biased = (height: number, width: number): Branch => window(height, width, { bias: true });

/** Biases, identities and batch norms in branches. */
export const branchKinds: readonly Theorem[] = [
  exact('T11a', 'the one bias of n biased branches learns n times as fast', (c) =>
    difference(c, ...sides(twice(biased(3, 3), biased(1, 3), biased(3, 1)), { optimizer: sgd })),
  ),
  exact('T11b', 'with scales, Σs² times as fast', (c) =>
    difference(c, ...sides(twice(biased(3, 3), scaled(1.5, biased(1, 1))), { optimizer: sgd })),
  ),
  exact(
    'T12',
    'an identity with a learned scale a channel adds 1 to G at (c, c, centre), also with weight decay',
    (c) => {
      const layers = twice(window(3, 3), learnedIdentity);
      return difference(c, ...sides(layers, { optimizer: sgd, options: { weightDecay: 0.02 } }));
    },
  ),
  exact('T13', 'a frozen identity adds nothing to G without weight decay', (c) =>
    difference(c, ...sides(twice(window(3, 3), identity), { optimizer: sgd })),
  ),
  fails('C6', 'a frozen identity with weight decay', 1.07, (c) =>
    difference(
      c,
      ...sides(twice(window(3, 3), identity), { optimizer: sgd, options: { weightDecay: 0.5 } }),
    ),
  ),
  exact('T14', 'a frozen batch norm in a branch is a scale γ/σ a channel', (c) => {
    const layers = twice(withFrozenNorm(window(3, 3)), withFrozenNorm(window(1, 1)));
    return difference(c, ...sides(layers, { optimizer: sgd }));
  }),
];
