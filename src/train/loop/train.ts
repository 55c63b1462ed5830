import { mkdir } from 'node:fs/promises';
import { ReparamError } from '../../errors.js';
import type { SessionOptions } from '../../runtime/index.js';
import { listCheckpoints, type ReadCheckpoint, readCheckpoint } from '../checkpoint/index.js';
import { writeError } from '../files.js';
import type { Recipe } from '../recipe/index.js';
import { markRun, readStatus, writeRunRecipe } from '../runs/index.js';
import { openStep } from '../step/index.js';
import type { StartEvent, TrainEvent } from './events.js';
import { TrainingRun } from './run.js';
import { setUpTraining, type TrainingSetup } from './setup.js';

export interface TrainOptions {
  /** Goes on from the last checkpoint in the run's folder. */
  readonly resume?: boolean;
  /** Stops the run after the step that is being made, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Threads of an operator. */
  readonly threads?: number;
}

/** Where a run begins. @throws ReparamError for a folder with a run that is not to be gone on with. */
async function beginning(runDir: string, resume: boolean): Promise<ReadCheckpoint | null> {
  const exists = (await readStatus(runDir)) !== null;
  if (exists && !resume) {
    throw new ReparamError('usage', `${runDir} holds a run already`, {
      at: runDir,
      hint: 'go on with it with --resume, or choose another folder with -o',
    });
  }
  if (!exists && resume) {
    throw new ReparamError('usage', `${runDir} holds no run to go on with`, { at: runDir });
  }
  // A run that was killed before its first checkpoint begins again.
  const none = (await listCheckpoints(runDir)).length === 0;
  return none ? null : readCheckpoint(runDir, 'latest');
}

function startEvent(setup: TrainingSetup, step: number, notes: readonly string[]): StartEvent {
  const { recipe, data, stepsPerEpoch } = setup;
  const trained = setup.step.state.filter(({ kind }) => kind === 'parameter');
  return {
    kind: 'start',
    model: recipe.model ?? '',
    data: recipe.data ?? '',
    parameters: trained.reduce((sum, { initial }) => sum + initial.size, 0),
    trainImages: data.trainImages,
    validationImages: data.validationImages,
    epochs: recipe.epochs,
    stepsPerEpoch,
    step,
    notes: [...data.notes, ...setup.step.notes, ...notes],
  };
}

/**
 * Trains a model as a recipe says, and yields what happens. The run's folder holds its recipe, metrics, TensorBoard
 * events and checkpoints; a run that was stopped, by the signal or by being killed, goes on from the last checkpoint
 * with the same results, bit for bit, as if it had never stopped.
 * @throws ReparamError when model, data and recipe do not fit each other, and when the loss is not finite.
 */
export async function* train(
  runDir: string,
  recipe: Recipe,
  options: TrainOptions = {},
): AsyncGenerator<TrainEvent, void, void> {
  const checkpoint = await beginning(runDir, options.resume ?? false);
  const setup = await setUpTraining(recipe);
  try {
    await mkdir(runDir, { recursive: true }).catch((cause: unknown) => {
      throw writeError(runDir, cause);
    });
    await writeRunRecipe(runDir, recipe);
    await markRun(runDir, 'running');
    yield* run(runDir, setup, checkpoint, options);
  } finally {
    await setup.data.close();
  }
}

/** Marks the run by how it ends. */
async function* run(
  runDir: string,
  setup: TrainingSetup,
  checkpoint: ReadCheckpoint | null,
  options: TrainOptions,
): AsyncGenerator<TrainEvent, void, void> {
  let state: 'finished' | 'stopped' = 'stopped';
  try {
    state = yield* steps(runDir, setup, checkpoint, options);
    await markRun(runDir, state);
  } catch (error) {
    await markRun(runDir, 'failed', error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    // The consumer may have left off in the middle.
    if (state === 'stopped' && (await readStatus(runDir))?.state === 'running') {
      await markRun(runDir, 'stopped');
    }
  }
}

async function* steps(
  runDir: string,
  setup: TrainingSetup,
  checkpoint: ReadCheckpoint | null,
  { signal, threads }: TrainOptions,
): AsyncGenerator<TrainEvent, 'finished' | 'stopped', void> {
  const { recipe, stepsPerEpoch, data } = setup;
  const session: SessionOptions = { device: recipe.device, placement: true };
  const opened = await openStep(setup.step, {
    ...session,
    seed: recipe.seed,
    ...(threads !== undefined && { threads }),
  });
  const training = new TrainingRun(runDir, setup, opened, checkpoint);
  const interval = Math.max(1, Math.round(recipe.checkpointEvery * stepsPerEpoch));
  try {
    yield startEvent(setup, training.done, opened.notes);
    let placed = false;
    while (training.epoch < recipe.epochs) {
      const batches = data.train.epoch(training.epoch, { start: training.batch });
      for await (const { images, targets } of batches) {
        yield await training.step(images, targets);
        if (!placed) yield { kind: 'placement', placement: await opened.placement() };
        placed = true;
        const due = training.done % interval === 0 && training.batch < stepsPerEpoch;
        if (due || signal?.aborted) yield await training.checkpoint(false);
        if (signal?.aborted) {
          yield { kind: 'end', state: 'stopped', step: training.done };
          return 'stopped';
        }
      }
      const epoch = await training.endEpoch();
      yield epoch;
      const last = training.epoch === recipe.epochs;
      if (training.done % interval === 0 || epoch.isBest || last) {
        yield await training.checkpoint(epoch.isBest);
      }
    }
    yield { kind: 'end', state: 'finished', step: training.done };
    return 'finished';
  } finally {
    training.close();
    await opened.release();
  }
}
