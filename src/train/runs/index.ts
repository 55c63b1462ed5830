export { runFiles } from './layout.js';
export { FolderLock, type LockOptions } from './lock.js';
export {
  isScalingRecord,
  type LayerScaling,
  readScalings,
  type ScalingRecord,
} from './scalings.js';
export { markRun, type RunState, type RunStatus, readStatus } from './status.js';
export {
  compareRecipes,
  listRuns,
  type RecipeDifference,
  type RunSummary,
  readRun,
  writeRunRecipe,
} from './summary.js';
export { readSurgeries, type SurgeryRecord } from './surgeries.js';
