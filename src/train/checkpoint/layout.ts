import { randomUUID } from 'node:crypto';
import { join } from 'node:path';

/** The files of a checkpoint. */
export const checkpointFiles = {
  parameters: 'parameters.safetensors',
  state: 'optimizer.safetensors',
  model: 'model.onnx',
} as const;

/** Written last: a folder without it is not complete. */
export const manifestFile = 'state.json';

export const checkpointsOf = (runDir: string): string => join(runDir, 'checkpoints');

/** Names sort as their steps do. */
export const folderName = (step: number): string => `step-${String(step).padStart(8, '0')}`;

/** A folder that is being written, or that a new one of the same step takes the place of. */
export const temporaryName = (step: number): string => `.${folderName(step)}.${randomUUID()}`;
