export {
  type EngineOptions,
  type StudyEngine,
  type StudyEvent,
  type StudyTask,
  studyEngines,
} from './engines/index.js';
export { takeStudyFolder, threadsBefore } from './folder.js';
export { type Overrides, planStudy, studyFiles, withOverrides } from './plan.js';
export { parseStudy, readStudy } from './read.js';
export { writeReports } from './report/index.js';
export { studySchema } from './schema.js';
export type { Study, StudyEntry } from './study.js';
