import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveModel } from '../../../src/onnx/index.js';
import {
  completeRecipe,
  type Recipe,
  readRun,
  type TrainEvent,
  train,
} from '../../../src/train/index.js';
import { epochRecords, readMetrics } from '../../../src/train/metrics/index.js';
import { smallModel } from '../small-model.js';

let folder = '';
let model = '';
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'auto-resume-'));
  model = join(folder, 'small.onnx');
  await saveModel(smallModel(4), model);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recipe = (given: Partial<Recipe> = {}): Recipe =>
  completeRecipe({
    ...{ model, data: 'synthetic:classes=4,size=8,count=96', batchSize: 32, workers: 0, epochs: 2 },
    ...given,
  });

async function events(given: Recipe, stopAt = Number.POSITIVE_INFINITY): Promise<TrainEvent[]> {
  const controller = new AbortController();
  const options = { resume: 'auto', signal: controller.signal } as const;
  const seen: TrainEvent[] = [];
  for await (const event of train(join(folder, 'run'), given, options)) {
    seen.push(event);
    if (event.kind === 'step' && event.step === stopAt) controller.abort();
  }
  return seen;
}

const stepsOf = (seen: readonly TrainEvent[]): number[] =>
  seen.flatMap((event) => (event.kind === 'step' ? [event.step] : []));

test('one command begins a run, goes on with it, and does nothing once it is finished', async () => {
  expect(stepsOf(await events(recipe(), 4))).toEqual([1, 2, 3, 4]);
  expect(stepsOf(await events(recipe()))).toEqual([5, 6]);
  expect(await events(recipe())).toEqual([{ kind: 'end', state: 'finished', step: 6 }]);
  // More epochs are more to do.
  expect(stepsOf(await events(recipe({ epochs: 3 })))).toEqual([7, 8, 9]);
  expect(await events(recipe({ epochs: 2 }))).toHaveLength(1);
});

test('another run is not gone on with', async () => {
  const other = events(recipe({ lr: 0.7 }));
  await expect(other).rejects.toThrow('holds another run: lr was 0.1 and is 0.7');
  expect((await readRun(join(folder, 'run'))).state).toBe('finished');
  expect(readdirSync(join(folder, 'run'))).not.toContain('lock.json');
});

test('epochs tell what a step takes and how much memory was held', async () => {
  const path = join(folder, 'run', 'metrics.jsonl');
  for (const { stepSeconds, peakMemory, seconds } of epochRecords(readMetrics(path))) {
    expect(stepSeconds).toBeGreaterThan(0);
    expect(stepSeconds).toBeLessThan(seconds);
    // Of a process, not of a kilobyte or a machine.
    expect(peakMemory).toBeGreaterThan(3e7);
    expect(peakMemory).toBeLessThan(1e11);
  }
  const older = readFileSync(path, 'utf8').replace(
    /,"stepSeconds":[^,}]*|,"peakMemory":[^,}]*/g,
    '',
  );
  writeFileSync(path, older);
  const records = epochRecords(readMetrics(path));
  expect(records).toHaveLength(3);
  expect(records[0]).toMatchObject({ stepSeconds: null, peakMemory: null });
});
