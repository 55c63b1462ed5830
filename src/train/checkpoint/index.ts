export type { Progress } from './manifest.js';
export {
  type ListedCheckpoint,
  listCheckpoints,
  type ReadCheckpoint,
  readCheckpoint,
  type WhichCheckpoint,
} from './read.js';
export { type Checkpoint, type CheckpointOptions, writeCheckpoint } from './write.js';
