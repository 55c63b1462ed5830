import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StudyTask } from '../../src/study/engines/engine.js';
import type { TaskResult } from '../../src/study/results.js';
import type { Study } from '../../src/study/study.js';
import type { EpochRecord, MetricsRecord } from '../../src/train/metrics/index.js';
import { completeRecipe } from '../../src/train/recipe/index.js';

const entry = (name: string) => ({ name, options: {} });

export const studyOf = (fields: Partial<Study> = {}): Study => ({
  name: 'a <small> study',
  data: [entry('images')],
  models: [entry('small')],
  methods: [entry('baseline'), entry('acb'), entry('sgs')],
  seeds: [0, 1, 2],
  baseline: 'baseline',
  recipe: {},
  source: 'name: a <small> study\nmethods: [baseline, acb, sgs] # ```\n',
  ...fields,
});

/** The line of an epoch, 10 steps each. */
export const epochRecord = (epoch: number, fields: Partial<EpochRecord> = {}): EpochRecord => ({
  kind: 'epoch',
  step: 10 * epoch,
  epoch,
  trainLoss: 1 / epoch,
  trainAccuracy: 0.9,
  valLoss: 2,
  valAccuracy: 0.5,
  seconds: 10,
  stepSeconds: 0.02,
  peakMemory: 1e8,
  ...fields,
});

/** What became of a run, as `readResults` would tell it. */
export function resultOf(
  method: string,
  seed: number,
  accuracies: readonly number[],
  fields: Partial<TaskResult> = {},
): TaskResult {
  const epochs = accuracies.map((valAccuracy, i) => epochRecord(i + 1, { valAccuracy }));
  return {
    ...{ task: `small-${method}-seed${seed}`, model: 'small', method, data: 'images', seed },
    state: 'finished',
    problem: null,
    epochsPlanned: accuracies.length,
    epochs,
    bestAccuracy: Math.max(...accuracies),
    lastAccuracy: accuracies.at(-1) ?? null,
    stepSeconds: 0.02,
    peakMemory: 1e8,
    seconds: 10 * accuracies.length,
    parameters: null,
    host: 'here',
    ...fields,
  };
}

/** A task whose files are in a folder, none of them there yet. */
export function taskIn(folder: string, method: string, seed: number, epochs = 2): StudyTask {
  const name = `small-${method}-seed${seed}`;
  return {
    ...{ name, model: 'small', method, data: 'images', seed },
    recipe: completeRecipe({ model: 'resnet20', data: 'synthetic', epochs, seed }),
    recipeFile: join(folder, 'tasks', `${name}.json`),
    runDir: join(folder, 'runs', name),
    logFile: join(folder, 'logs', `${name}.log`),
  };
}

/** Writes a run's folder as training leaves it. */
export function writeRun(
  { runDir, logFile, recipe }: StudyTask,
  status: Record<string, unknown> | string,
  metrics: readonly MetricsRecord[] | string,
): void {
  mkdirSync(runDir, { recursive: true });
  mkdirSync(join(logFile, '..'), { recursive: true });
  const known = { problem: null, startedAt: 1, host: 'there', pid: 1 };
  const state = typeof status === 'string' ? status : JSON.stringify({ ...known, ...status });
  writeFileSync(join(runDir, 'run.json'), state);
  writeFileSync(join(runDir, 'recipe.json'), JSON.stringify(recipe));
  const lines =
    typeof metrics === 'string' ? metrics : metrics.map((m) => `${JSON.stringify(m)}\n`).join('');
  writeFileSync(join(runDir, 'metrics.jsonl'), lines);
}
