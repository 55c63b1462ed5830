import { join } from 'node:path';

/** Where things are in a run's folder; checkpoints are in `checkpoints`. */
export const runFiles = (runDir: string) => ({
  /** Whether the run goes on, see `markRun`. */
  status: join(runDir, 'run.json'),
  /** The complete recipe. */
  recipe: join(runDir, 'recipe.json'),
  metrics: join(runDir, 'metrics.jsonl'),
  /** The scalings of gradients, see `readScalings`. */
  scalings: join(runDir, 'scalings.jsonl'),
  /** Changes of the structure, see `readSurgeries`. */
  surgeries: join(runDir, 'surgeries.jsonl'),
  /** A folder of event files. */
  tensorboard: join(runDir, 'tensorboard'),
});
