import { oldestOpset, raiseOpset } from '../../../autodiff/index.js';
import { readLayer, removeBranch } from '../../../branches/index.js';
import { inputError } from '../../../errors.js';
import { type Model, onnxOpset } from '../../../ir/index.js';
import { copyModel } from '../../../onnx/index.js';
import type { Recipe } from '../../recipe/index.js';
import { chosenConvs } from '../chosen-convs.js';
import type { Moment, Surgery, TrainingMethod } from '../method.js';
import { deadBranches } from './dead.js';
import { growHighest } from './grow.js';
import { type LayerScore, layerScores } from './scores.js';

/** Branches that grow where gradients ask for them, and are removed where they count for little. */
export const dyrep: TrainingMethod = {
  name: 'dyrep',
  source: 'Huang et al., DyRep, arXiv:2203.12868',
  description: "branches that come and go while the model learns: DBB's, 1×k, k×1 and the identity",
  prepare(source, recipe) {
    const model = copyModel(source);
    if (onnxOpset(model) < oldestOpset) raiseOpset(model);
    const layers = chosenConvs(model, recipe, 'dyrep').map(({ weight }) => weight);
    const fitting = layers.filter((layer) => readLayer(model.graph, layer).ok);
    if (fitting.length === 0) {
      const [first] = layers.map((layer) => readLayer(model.graph, layer));
      throw inputError("'dyrep' fits no layer of the model", {
        hint: first && !first.ok ? first.refusal.reason : 'train it with --method baseline',
      });
    }
    const { dyrepEvery, dyrepUntil, dyrepScore } = recipe;
    const score = layerScores.find(({ name }) => name === dyrepScore) as LayerScore;
    const often = dyrepEvery === 1 ? 'epoch' : `${dyrepEvery} epochs`;
    const notes = [
      `branches can grow beside ${fitting.length} layers, beside one every ${often} up to epoch ${dyrepUntil}`,
    ];
    return {
      ...{ model, scalings: null, schedule: 'none', notes },
      revise: (moment) => revise(moment, fitting, score, recipe),
    };
  },
};

async function* revise(
  moment: Moment,
  layers: readonly string[],
  score: LayerScore,
  recipe: Recipe,
): AsyncGenerator<Surgery, void, void> {
  const { dyrepEvery, dyrepUntil, dyrepThreshold } = recipe;
  const { epoch } = moment;
  if (epoch === 0 || epoch % dyrepEvery !== 0 || epoch > dyrepUntil) return;
  let model = await moment.model();
  for (const layer of layers) {
    const removed = withoutDead(model, layer, dyrepThreshold);
    if (!removed) continue;
    yield removed;
    model = removed.model;
  }
  const grown = await growHighest(moment, model, layers, score, recipe);
  if (grown) yield grown;
}

/** Removes the branches of a layer that count for little; null where there are none. */
function withoutDead(model: Model, layer: string, threshold: number): Surgery | null {
  const found = readLayer(model.graph, layer);
  const dead = found.ok ? deadBranches(found.value, threshold) : [];
  if (dead.length === 0) return null;
  const next = copyModel(model);
  const removed = dead.filter((branch) => removeBranch(next, layer, branch).ok);
  if (removed.length === 0) return null;
  return {
    model: next,
    layer,
    change: 'removed',
    branches: removed.map(({ kind }) => kind.name),
    score: Math.max(...removed.map(({ share }) => share)),
  };
}
