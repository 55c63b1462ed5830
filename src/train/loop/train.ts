import { ReparamError } from '../../errors.js';
import { listCheckpoints, type ReadCheckpoint, readCheckpoint } from '../checkpoint/index.js';
import {
  changedOptions,
  completeRecipe,
  describeChange,
  type Recipe,
  readRecipe,
} from '../recipe/index.js';
import {
  FolderLock,
  markRun,
  type RunState,
  readRun,
  readStatus,
  runFiles,
  writeRunRecipe,
} from '../runs/index.js';
import type { StepBatch } from '../step/index.js';
import type { StartEvent, TrainEvent } from './events.js';
import { LiveStep } from './live-step.js';
import { TrainingRun } from './run.js';
import { setUpTraining, type TrainingSetup } from './setup.js';

export interface TrainOptions {
  /**
   * Goes on from the last checkpoint in the run's folder; `auto`: begins where there is no run, waits for another process
   * to leave it, and does nothing where it is finished.
   */
  readonly resume?: boolean | 'auto';
  /** Stops the run after the step that is being made, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Threads of an operator. */
  readonly threads?: number;
}

/** Milliseconds in which another process may end its step, save and leave; or turns out to be gone. */
const patience = 150_000;

/** Refuses a folder with a run that is not to be gone on with, or none where one should be. */
function checkFolder(runDir: string, exists: boolean, resume: boolean): void {
  if (exists && !resume) {
    throw new ReparamError('usage', `${runDir} holds a run already`, {
      at: runDir,
      hint: 'go on with it with --resume, or choose another folder with -o',
    });
  }
  if (!exists && resume) {
    throw new ReparamError('usage', `${runDir} holds no run to go on with`, { at: runDir });
  }
}

/** @throws ReparamError where the run in a folder is another one than the recipe's. */
async function checkSame(runDir: string, recipe: Recipe): Promise<Recipe> {
  const before = completeRecipe(await readRecipe(runFiles(runDir).recipe));
  const [change] = changedOptions(before, recipe);
  if (!change) return before;
  throw new ReparamError('usage', `${runDir} holds another run: ${describeChange(change)}`, {
    at: runDir,
    hint: 'choose another folder with -o',
  });
}

/** Whether all epochs of a run are done. @throws ReparamError for a folder that is not to be used. */
async function isDone(runDir: string, recipe: Recipe, resume: boolean | 'auto'): Promise<boolean> {
  const status = await readStatus(runDir);
  if (resume !== 'auto') {
    checkFolder(runDir, status !== null, resume);
    return false;
  }
  if (status === null) return false;
  const { epochs } = await checkSame(runDir, recipe);
  return status.state === 'finished' && epochs >= recipe.epochs;
}

/** Where a run begins: one that was killed before its first checkpoint begins again. */
async function beginning(runDir: string): Promise<ReadCheckpoint | null> {
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
    notes: [...data.notes, ...setup.prepared.notes, ...setup.step.notes, ...notes],
  };
}

/** What a run needs while it goes on. */
interface Opened {
  readonly runDir: string;
  readonly lock: FolderLock;
  readonly setup: TrainingSetup;
  readonly step: LiveStep;
  readonly checkpoint: ReadCheckpoint | null;
  readonly signal: AbortSignal | undefined;
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
  { resume = false, signal, threads }: TrainOptions = {},
): AsyncGenerator<TrainEvent, void, void> {
  const waits = resume === 'auto' ? { patience, signal } : {};
  const lock = await FolderLock.take(runDir, { doing: 'the run is being trained', ...waits });
  try {
    if (await isDone(runDir, recipe, resume)) {
      yield { kind: 'end', state: 'finished', step: (await readRun(runDir)).step };
      return;
    }
    const checkpoint = await beginning(runDir);
    const setup = await setUpTraining(recipe, checkpoint?.model ?? null);
    try {
      const { device, seed } = recipe;
      const options = { device, seed, placement: true, ...(threads !== undefined && { threads }) };
      const step = await LiveStep.begin(setup, options);
      try {
        await writeRunRecipe(runDir, recipe);
        yield* marked({ runDir, lock, setup, step, checkpoint, signal });
      } finally {
        await step.release();
      }
    } finally {
      await setup.data.close();
    }
  } finally {
    lock.release();
  }
}

/** Keeps on the disk in which state the run is. */
async function* marked(opened: Opened): AsyncGenerator<TrainEvent, void, void> {
  const { runDir, lock } = opened;
  const mark = async (state: RunState, problem?: string): Promise<void> => {
    // Another process may have taken the run over.
    if (lock.held) await markRun(runDir, state, problem);
  };
  let ended = false;
  await mark('running');
  try {
    await mark(yield* epochs(opened));
    ended = true;
  } catch (error) {
    ended = true;
    await mark('failed', error instanceof Error ? error.message : String(error));
    throw error;
  } finally {
    // Whoever takes the events may have left off in the middle.
    if (!ended) await mark('stopped');
  }
}

async function* epochs(opened: Opened): AsyncGenerator<TrainEvent, 'finished' | 'stopped', void> {
  const { runDir, lock, setup, step, checkpoint } = opened;
  const { recipe, stepsPerEpoch } = setup;
  const run = new TrainingRun(runDir, setup, step, checkpoint);
  const interval = Math.max(1, Math.round(recipe.checkpointEvery * stepsPerEpoch));
  try {
    yield startEvent(setup, run.done, step.open.notes);
    while (run.epoch < recipe.epochs) {
      yield* run.beginEpoch();
      const stopped = yield* steps(opened, run, interval);
      if (stopped) {
        yield { kind: 'end', state: 'stopped', step: run.done };
        return 'stopped';
      }
      const epoch = await run.endEpoch();
      yield epoch;
      const last = run.epoch === recipe.epochs;
      lock.confirm();
      if (run.done % interval === 0 || epoch.isBest || last)
        yield await run.checkpoint(epoch.isBest);
    }
    yield { kind: 'end', state: 'finished', step: run.done };
    return 'finished';
  } finally {
    run.close();
  }
}

/** The steps that are left of an epoch. @returns whether the run is to stop */
async function* steps(
  { setup, lock, step, signal, checkpoint }: Opened,
  run: TrainingRun,
  interval: number,
): AsyncGenerator<TrainEvent, boolean, void> {
  const { data, stepsPerEpoch } = setup;
  const first = (checkpoint?.step ?? 0) + 1;
  const { accumulate } = setup.recipe;
  /** How many updates to wait for: checkpoints and ends of epochs come in between. */
  const room = (): number =>
    Math.min(step.open.together, interval - (run.done % interval), stepsPerEpoch - run.batch);
  let batches: StepBatch[] = [];
  let updates: StepBatch[][] = [];
  for await (const batch of data.train.epoch(run.epoch, { start: run.batch * accumulate })) {
    batches.push(batch);
    if (batches.length < accumulate) continue;
    updates.push(batches);
    batches = [];
    if (updates.length < room()) continue;
    const isFirst = run.done < first;
    yield* await run.steps(updates);
    updates = [];
    if (isFirst) yield { kind: 'placement', placement: await step.open.placement() };
    const stops = signal?.aborted ?? false;
    const due = run.done % interval === 0 && run.batch < stepsPerEpoch;
    if (due || stops) {
      lock.confirm();
      yield await run.checkpoint(false);
    }
    if (stops) return true;
  }
  return false;
}
