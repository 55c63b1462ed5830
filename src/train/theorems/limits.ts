import { internalError } from '../../errors.js';
import { difference, inPairs, minus, norm } from './compare.js';
import { sgd, sides, usualLayers } from './experiment.js';
import { type Layer, network, plainNetwork } from './network/network.js';
import { withTrainedNorm } from './network/normalized.js';
import { afterLearnedPointwise } from './network/pointwise.js';
import { withLearnedScale } from './network/scaled.js';
import { window } from './network/window.js';
import type { Context, Side } from './side.js';
import { fails, type Theorem } from './theorem.js';
import type { Values } from './trainer.js';

const observed = 'conv1.weight';
const taps = 9;
const batches = 10;

/** By how much weights moved in a step: those of the branches, and those of a single convolution from the same place. */
interface Move {
  readonly branched: Float64Array;
  readonly plain: Float64Array;
}

/** The values after a step, with parameters as they were before: running statistics are of the step itself. */
const withStatisticsOf = (before: Values, after: Values): Values =>
  new Map([...before, ...[...after].filter(([name]) => name.includes('.running_'))]);

/**
 * How the first layer of branches moves on each of some batches, always from the same weights, and how a single
 * convolution does from there.
 */
async function moves(context: Context, layers: readonly Layer[]): Promise<Move[]> {
  const branched = network(layers);
  const common = { optimizer: sgd, batchNormMomentum: 1 };
  const one: Side = { ...common, network: branched };
  const other: Side = { ...common, network: plainNetwork(branched) };
  return inPairs(context, one, other, async (branches, plain) => {
    const before = await branches.trainer.state();
    const found: Move[] = [];
    for (let batch = 1; batch <= batches; batch++) {
      branches.trainer.setState(before);
      const outputs = await branches.learn(batch);
      const after = await branches.trainer.state();
      const from = branched.merged(withStatisticsOf(before, after));
      await plain.moveTo(from);
      const expected = await plain.learn(batch);
      if (!(norm(minus(outputs, expected)) < 1e-4 * norm(Array.from(outputs)))) {
        throw internalError('the branches do not compute what their convolution does');
      }
      const [moved, movedPlain] = [branched.merged(after), await plain.merged()].map((merged) =>
        minus(merged.get(observed) ?? [], from.get(observed) ?? []),
      ) as [Float64Array, Float64Array];
      found.push({ branched: moved, plain: movedPlain });
    }
    return found;
  });
}

/**
 * What the best G leaves of the moves of branches: ‖ΔW − G ⊙ ΔW'‖ / ‖ΔW‖ over all of them.
 * @param group which element of G an element of the weight has
 */
function leftover(all: readonly Move[], group: (element: number) => number): number {
  const products = new Map<number, { both: number; plain: number }>();
  for (const { branched, plain } of all) {
    for (const [i, x] of plain.entries()) {
      const sums = products.get(group(i)) ?? { both: 0, plain: 0 };
      sums.both += x * (branched[i] as number);
      sums.plain += x * x;
      products.set(group(i), sums);
    }
  }
  const rest = all.map(({ branched, plain }) =>
    norm(
      branched.map((y, i) => {
        const { both = 0, plain: squares = 0 } = products.get(group(i)) ?? {};
        return squares === 0 ? y : y - (both / squares) * (plain[i] as number);
      }),
    ),
  );
  return norm(rest) / norm(all.map(({ branched }) => norm(branched)));
}

const learnedScales: readonly Layer[] = usualLayers.map(({ branches, ...layer }) => ({
  ...layer,
  branches: branches.map(withLearnedScale),
}));

const chained: readonly Layer[] = [
  { branches: [afterLearnedPointwise] },
  { branches: [window(3, 3)], stride: 2 },
];

const normalized: readonly Layer[] = [
  { branches: [withTrainedNorm(window(3, 3)), withTrainedNorm(window(1, 1))] },
  { branches: [window(3, 3)], stride: 2 },
];

/** What the best G `[k, k]` leaves of how the first layer moves. */
export const bestScalingLeaves = async (
  context: Context,
  layers: readonly Layer[],
): Promise<number> => leftover(await moves(context, layers), (element) => element % taps);

/** What the best fixed factors for each single weight leave of it. */
const bestFactorsLeave = async (context: Context, layers: readonly Layer[]): Promise<number> =>
  leftover(await moves(context, layers), (element) => element);

/** Where branches are no constant linear maps of their weights, no G makes a convolution learn as they do. */
export const limits: readonly Theorem[] = [
  fails('C7', 'branches with learned scales, and the G of their first scales', 0.23, (c) =>
    difference(c, ...sides(learnedScales, { optimizer: sgd })),
  ),
  fails('C8', 'learned 1×1 before a learned 3×3: what the best G leaves', 0.61, (c) =>
    bestScalingLeaves(c, chained),
  ),
  fails(
    'C9',
    'batch norms that learn in branches: what the best fixed G of any shape leaves',
    null,
    (c) => bestFactorsLeave(c, normalized),
  ),
];
