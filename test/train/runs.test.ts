import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeCheckpoint } from '../../src/train/checkpoint/index.js';
import { MetricsFile } from '../../src/train/metrics/index.js';
import { completeRecipe, type Recipe } from '../../src/train/recipe/index.js';
import {
  compareRecipes,
  listRuns,
  markRun,
  readRun,
  runFiles,
  writeRunRecipe,
} from '../../src/train/runs/index.js';
import { problemOf } from '../data/problems.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runs-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A run after some epochs of 10 steps. */
async function make(name: string, options: Partial<Recipe>, accuracies: number[]): Promise<string> {
  const run = join(folder, name);
  mkdirSync(run);
  await markRun(run, 'running');
  await writeRunRecipe(run, completeRecipe({ model: 'resnet20', data: 'cifar10:DIR' }, options));
  const metrics = new MetricsFile(runFiles(run).metrics, 0);
  for (const [i, valAccuracy] of accuracies.entries()) {
    const epoch = i + 1;
    metrics.append({ step: 10 * epoch - 5, epoch: i, loss: 1, lr: 0.1 });
    metrics.append({
      kind: 'epoch',
      step: 10 * epoch,
      epoch,
      trainLoss: 1 / epoch,
      trainAccuracy: 0.9,
      valLoss: 2,
      valAccuracy,
      seconds: 2.5,
    });
  }
  metrics.close();
  return run;
}

describe('a run', () => {
  it('is summed up', async () => {
    const run = await make('a', { epochs: 5 }, [0.2, 0.6, 0.5]);
    const checkpoint = { step: 20, epoch: 2, batch: 0, model: null, extra: {} };
    const none = new Map();
    await writeCheckpoint(run, { ...checkpoint, parameters: none, state: none }, { best: true });
    const { startedAt, host, recipe, checkpoints, ...summary } = await readRun(run);
    expect(summary).toEqual({
      name: 'a',
      path: run,
      state: 'running',
      problem: null,
      model: 'resnet20',
      data: 'cifar10:DIR',
      epochs: 5,
      epochsDone: 3,
      step: 30,
      lastAccuracy: 0.5,
      bestAccuracy: 0.6,
      loss: 1 / 3,
      seconds: 7.5,
      damaged: [],
    });
    expect(host).toBe(hostname());
    expect(Math.abs(startedAt - Date.now())).toBeLessThan(60_000);
    expect(recipe).toEqual(completeRecipe({ model: 'resnet20', data: 'cifar10:DIR', epochs: 5 }));
    expect(checkpoints.map(({ step, best }) => [step, best])).toEqual([[20, true]]);
  });

  it('is listed before anything but its state is written', async () => {
    await markRun(folder, 'running');
    const { epochsDone, model, damaged, bestAccuracy } = await readRun(folder);
    expect([epochsDone, model, bestAccuracy]).toEqual([0, null, null]);
    expect(damaged.join()).toContain('recipe.json: no such file');
  });

  it('keeps the time of its first start', async () => {
    const run = await make('a', {}, []);
    const { startedAt } = await readRun(run);
    await markRun(run, 'failed', 'the loss is NaN');
    expect(await readRun(run)).toMatchObject({
      startedAt,
      state: 'failed',
      problem: 'the loss is NaN',
    });
    await markRun(run, 'running');
    expect(await readRun(run)).toMatchObject({ startedAt, state: 'running', problem: null });
  });

  it('whose process is dead was stopped; of another machine that is not known', async () => {
    const run = await make('a', {}, []);
    const path = runFiles(run).status;
    const status = JSON.parse(readFileSync(path, 'utf8'));
    const { pid } = spawnSync(process.execPath, ['--version']);
    writeFileSync(path, JSON.stringify({ ...status, pid }));
    expect((await readRun(run)).state).toBe('stopped');
    writeFileSync(path, JSON.stringify({ ...status, pid, host: 'elsewhere' }));
    expect((await readRun(run)).state).toBe('running');
    writeFileSync(path, JSON.stringify({ ...status, pid, state: 'finished' }));
    expect((await readRun(run)).state).toBe('finished');
  });

  it('with damaged files shows what is left', async () => {
    const run = await make('a', {}, [0.5]);
    writeFileSync(runFiles(run).recipe, '{"lr": "x"}');
    expect(await readRun(run)).toMatchObject({ model: null, bestAccuracy: 0.5 });
    writeFileSync(runFiles(run).metrics, 'x\n{"step":1}\n');
    for (const text of ['{', 'null', '{"state":"lost"}']) {
      writeFileSync(runFiles(run).status, text);
      const { damaged, ...summary } = await readRun(run);
      expect(summary).toMatchObject({ state: 'stopped', epochsDone: 0, seconds: 0 });
      expect(damaged.length).toBe(3);
      expect(damaged[0]).toBe(`${runFiles(run).status} is damaged`);
    }
  });

  it('is told from other folders', async () => {
    expect(await problemOf(() => readRun(folder))).toBe(`${folder} is no run`);
    expect(await problemOf(() => readRun(join(folder, 'b')))).toContain('no such file or folder');
    expect(await problemOf(() => listRuns(join(folder, 'b')))).toContain('no such file or folder');
  });
});

describe('several runs', () => {
  it('are listed by their start', async () => {
    for (const name of ['b', 'a', 'c']) await make(name, {}, []);
    for (const [name, startedAt] of Object.entries({ a: 3, b: 1, c: 2 })) {
      const path = runFiles(join(folder, name)).status;
      const status = JSON.parse(readFileSync(path, 'utf8'));
      writeFileSync(path, JSON.stringify({ ...status, startedAt }));
    }
    mkdirSync(join(folder, 'other'));
    writeFileSync(join(folder, 'file'), '');
    expect((await listRuns(folder)).map(({ name }) => name)).toEqual(['b', 'c', 'a']);
    expect((await listRuns(join(folder, 'a'))).map(({ name }) => name)).toEqual(['a']);
  });

  it('are compared by the options in which they differ', async () => {
    await make('a', { lr: 0.1, milestones: [1, 2] }, []);
    await make('b', { lr: 0.2, milestones: [1, 2] }, []);
    const runs = await listRuns(folder);
    expect(compareRecipes(runs)).toEqual([{ option: 'lr', values: [0.1, 0.2] }]);
    expect(compareRecipes(runs.slice(1))).toEqual([]);
  });
});
