import { dataFields } from './data.js';
import { lossFields } from './loss.js';
import { methodFields } from './method.js';
import { optimizerFields } from './optimizer.js';
import { runFields } from './run.js';
import { scheduleFields } from './schedule.js';

/** All training options, by name. */
export const recipeFields = {
  ...dataFields,
  ...methodFields,
  ...runFields,
  ...lossFields,
  ...optimizerFields,
  ...scheduleFields,
};
