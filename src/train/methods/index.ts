import { branchTypes } from '../../branches/index.js';
import { baseline } from './baseline.js';
import { branched } from './branched.js';
import { custom } from './custom.js';
import { dyrep } from './dyrep/index.js';
import type { TrainingMethod } from './method.js';
import { repOptimizer } from './rep-optimizer.js';
import { sgs } from './sgs.js';

/** Every way to train a model. */
export const trainingMethods: readonly TrainingMethod[] = [
  baseline,
  sgs,
  repOptimizer,
  dyrep,
  ...branchTypes.map(branched),
  custom,
];

export type { Moment, Prepared, Surgery, TrainingMethod } from './method.js';
export { scalingTensor } from './sgs.js';
