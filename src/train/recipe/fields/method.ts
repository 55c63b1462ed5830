import { branchTypes } from '../../../branches/index.js';
import { estimators } from '../../../sgs/estimators/index.js';
import { scalingFamilies } from '../../../sgs/families/index.js';
import { layerScores } from '../../methods/dyrep/scores.js';
import { choice, count, flag, number, numbers, optional, text, texts } from '../field.js';

/** The method of training, and what it needs to know. */
export const methodFields = {
  method: choice(
    'baseline',
    ['baseline', 'sgs', 'repopt', 'dyrep', ...branchTypes.map(({ name }) => name), 'custom'],
    'the method of training: plain, with scaled gradients, or with branches',
  ),
  only: texts([], 'patterns of the only layers that the method applies to'),
  skip: texts([], 'patterns of layers that the method does not apply to'),
  keepFunction: flag(
    false,
    'begin branches so that the model computes what it did, instead of afresh',
  ),
  blockSpec: optional(text('', 'a YAML or JSON file that describes a block, for custom')),
  repoptScales: numbers(
    [1, 1, 1],
    { least: 0 },
    'constant scales of the branches k×k, 1×1 and identity, for repopt',
    3,
  ),
  sgsLike: optional(
    choice(
      'acb',
      scalingFamilies.map(({ name }) => name),
      'scale as a family of branches, instead of by mutual information, for sgs',
    ),
  ),
  sgsEstimator: choice(
    'corrected',
    estimators.map(({ name }) => name),
    'how mutual information is estimated, for sgs',
  ),
  sgsK: number(5, { above: 0 }, 'what the odds of a dependence are multiplied by, for sgs'),
  sgsStart: count(0, { least: 0 }, 'epochs before gradients are scaled, for sgs'),
  sgsEvery: count(5, { least: 1 }, 'epochs between two measurements of the scalings, for sgs'),
  sgsBatches: count(2, { least: 1 }, 'batches that a measurement looks at, for sgs'),
  sgsWarmup: number(
    0,
    { least: 0 },
    'epochs in which scalings go from 1 to what they are, for sgs',
  ),
  sgsRemoveZeros: flag(
    false,
    "leave out pairs with a zero, as the paper does on ImageNet, for sgs's estimator paper",
  ),
  dyrepEvery: count(5, { least: 1 }, 'epochs between two surgeries, for dyrep'),
  dyrepUntil: count(100, { least: 0 }, 'epochs after which the structure stays, for dyrep'),
  dyrepScore: choice(
    'snip',
    layerScores.map(({ name }) => name),
    'which layer grows: that with the largest sum of |w · ∂L/∂w| (snip), of w · ∂L/∂w (synflow), or any, for dyrep',
  ),
  dyrepBatches: count(
    20,
    { least: 1 },
    'batches that scores and the statistics of new batch norms are measured on, for dyrep',
  ),
  dyrepThreshold: number(
    0.1,
    { least: 0 },
    "scale, relative to the main branch's, below which a branch is removed, for dyrep",
  ),
};
