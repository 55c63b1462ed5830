import type { StudyEngine } from './engine.js';
import { localEngine } from './local/index.js';
import { slurmEngine } from './slurm/index.js';

/** Everything that can carry out a study; the first one is taken by default. */
export const studyEngines: readonly [StudyEngine, ...StudyEngine[]] = [localEngine, slurmEngine];

export type { EngineOptions, StudyEngine, StudyEvent, StudyTask } from './engine.js';
export { share } from './local/share.js';
export { type SlurmOptions, slurmFiles } from './slurm/index.js';
