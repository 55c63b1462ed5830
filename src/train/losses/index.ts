import { bce } from './bce.js';
import { crossEntropy } from './cross-entropy.js';
import type { Loss } from './loss.js';
import { mse } from './mse.js';

/** Every loss that a model can be trained with. */
export const losses: readonly [Loss, ...Loss[]] = [crossEntropy, mse, bce];

export type { Distillation } from './distillation.js';
export type { Loss, LossOptions } from './loss.js';
