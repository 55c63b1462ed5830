import { readLayer, settleBranches, sproutBranches } from '../../../branches/index.js';
import type { Model } from '../../../ir/index.js';
import { copyModel } from '../../../onnx/index.js';
import { Tensor } from '../../../tensor/index.js';
import type { Recipe } from '../../recipe/index.js';
import type { Moment, Surgery } from '../method.js';
import { type LayerScore, scoreSeed } from './scores.js';

/** How much new branches count at first, relative to the main one. */
const firstScale = 0.01;

/** How often all branches may be put beside one layer. */
const sets = [1, 2] as const;

/** The number of the next set of branches of a layer, null where there is no place for one. */
function freeSet({ graph }: Model, layer: string): number | null {
  const found = readLayer(graph, layer);
  if (!found.ok) return null;
  const taken = new Set(found.value.branches.map(({ set }) => set));
  return sets.find((set) => !taken.has(set)) ?? null;
}

/** Mean score over some batches of all layers that can grow, the highest first. */
async function rankedLayers(
  moment: Moment,
  model: Model,
  layers: readonly string[],
  score: LayerScore,
  { dyrepBatches, seed }: Recipe,
): Promise<[layer: string, score: number][]> {
  const weights = new Map([...model.graph.initializers].map((value) => [value.name, value]));
  const sums = new Map<string, number>();
  let batches = 0;
  for await (const { gradients } of moment.observe(model, dyrepBatches)) {
    batches++;
    for (const layer of layers) {
      const [weight, gradient] = [weights.get(layer)?.constant, gradients.get(layer)];
      // A frozen layer has none.
      if (!weight || !gradient) continue;
      const value = score.of(weight, gradient, scoreSeed(seed, layer, moment.epoch));
      sums.set(layer, (sums.get(layer) ?? 0) + value);
    }
  }
  return [...sums]
    .map(([layer, sum]) => [layer, sum / batches] as [string, number])
    .sort(([, a], [, b]) => b - a);
}

/** Means over some batches of what the batch norms of new branches see become their running statistics. */
async function measureNorms(
  moment: Moment,
  model: Model,
  norms: readonly string[],
  batches: number,
): Promise<void> {
  const sums = new Map<string, Float64Array>();
  let count = 0;
  for await (const { statistics } of moment.observe(model, batches, norms)) {
    count++;
    for (const [name, tensor] of statistics) {
      const before = sums.get(name);
      sums.set(
        name,
        tensor.toNumbers().map((x, i) => x + (before?.[i] ?? 0)),
      );
    }
  }
  for (const value of model.graph.initializers) {
    const sum = sums.get(value.name);
    if (!sum || !value.constant) continue;
    const { dtype, dims } = value.constant;
    value.constant = Tensor.fromNumbers(
      dtype,
      dims,
      sum.map((x) => x / count),
    );
  }
}

/** Puts all branches beside the layer that asks most for them; null where none can grow. */
export async function growHighest(
  moment: Moment,
  model: Model,
  layers: readonly string[],
  score: LayerScore,
  recipe: Recipe,
): Promise<Surgery | null> {
  const free = layers.filter((layer) => freeSet(model, layer) !== null);
  if (free.length === 0) return null;
  for (const [layer, value] of await rankedLayers(moment, model, free, score, recipe)) {
    const next = copyModel(model);
    const set = freeSet(model, layer) as number;
    const seed = scoreSeed(recipe.seed, layer, moment.epoch);
    const sprouts = sproutBranches(next, layer, { set, scale: firstScale, seed });
    if (!sprouts.ok) continue;
    const { branches, norms } = sprouts.value;
    await measureNorms(moment, next, norms, recipe.dyrepBatches);
    if (!settleBranches(next, layer, set).ok) continue;
    return { model: next, layer, change: 'grown', branches, score: value };
  }
  return null;
}
