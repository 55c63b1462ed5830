import type { Recipe } from '../../train/recipe/index.js';
import type { SlurmOptions } from './slurm/options.js';

/** One run of a study. */
export interface StudyTask {
  /** Unique, and safe as the name of a file. */
  readonly name: string;
  readonly model: string;
  readonly method: string;
  readonly data: string;
  readonly seed: number;
  readonly recipe: Recipe;
  /** STUDY/tasks/NAME.json, absolute. */
  readonly recipeFile: string;
  /** STUDY/runs/NAME, absolute. */
  readonly runDir: string;
  /** STUDY/logs/NAME.log, absolute. */
  readonly logFile: string;
}

export type StudyEvent =
  | { readonly kind: 'task-start'; readonly task: string }
  | {
      readonly kind: 'task-epoch';
      readonly task: string;
      readonly epoch: number;
      readonly epochs: number;
      readonly accuracy: number | null;
    }
  | {
      readonly kind: 'task-end';
      readonly task: string;
      readonly state: 'finished' | 'failed' | 'stopped';
      readonly problem: string | null;
    }
  | { readonly kind: 'note'; readonly text: string };

export interface EngineOptions {
  /** Absolute paths of Node and of the command line's script. */
  readonly program: readonly string[];
  /** Runs at the same time, for the local engine. */
  readonly jobs?: number;
  /** Threads that an operator of a run may use. */
  readonly threads?: number;
  /** Ends the study at the user's wish. */
  readonly signal?: AbortSignal;
  readonly slurm?: SlurmOptions;
}

export interface StudyEngine {
  readonly name: string;
  /** Carries out the tasks that are not finished, and yields what happens until all have ended. */
  run(tasks: readonly StudyTask[], options: EngineOptions): AsyncGenerator<StudyEvent, void, void>;
}
