import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, saveModel } from '../../../src/onnx/index.js';
import {
  completeRecipe,
  type Recipe,
  readCheckpoint,
  readRun,
  type TrainEvent,
  train,
} from '../../../src/train/index.js';
import { smallModel } from '../small-model.js';

let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reparam-train-'));
  model = join(folder, 'small.onnx');
  await saveModel(smallModel(4, 8, 0.2), model);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const recipe = (given: Partial<Recipe> = {}): Recipe =>
  completeRecipe({
    model,
    data: 'synthetic:classes=4,size=8,count=320',
    epochs: 3,
    batchSize: 32,
    lr: 0.1,
    augment: 'crop=1,flip',
    mixup: 0.2,
    ema: 0.9,
    checkpointEvery: 0.5,
    workers: 1,
    seed: 5,
    ...given,
  });

/** Trains until `until` says so of an event, then leaves. */
async function events(
  run: string,
  given: Recipe,
  resume = false,
  until: (event: TrainEvent) => boolean = () => false,
): Promise<TrainEvent[]> {
  const seen: TrainEvent[] = [];
  const controller = new AbortController();
  for await (const event of train(run, given, { resume, signal: controller.signal })) {
    seen.push(event);
    if (until(event)) controller.abort();
  }
  return seen;
}

/** Everything that a run leaves but for times. */
async function left(run: string) {
  const { parameters, state, step, epoch, batch, model: bytes } = await readCheckpoint(run);
  const tensors = [...parameters, ...state].map(([name, t]) => [
    name,
    Buffer.from(t.bytes).toString('hex'),
  ]);
  const metrics = (await readFile(join(run, 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => ({ ...JSON.parse(line), seconds: 0, stepSeconds: 0, peakMemory: 0 }));
  return { tensors, metrics, step, epoch, batch, bytes: Buffer.from(bytes ?? []).toString('hex') };
}

describe('train', () => {
  test('learns, and leaves a run that others can read', async () => {
    const run = join(folder, 'learns');
    const plain = { mixup: 0, ema: 0, augment: '', checkpointEvery: 1 } as const;
    const seen = await events(run, recipe({ ...plain, epochs: 15, optimizer: 'adamw', lr: 0.02 }));
    const epochs = seen.filter((event) => event.kind === 'epoch');
    expect(epochs).toHaveLength(15);
    expect(epochs.at(-1)?.trainLoss).toBeLessThan(0.8 * (epochs[0]?.trainLoss ?? 0));
    // 64 images of four classes: by chance 16 ± 3.5 are right.
    expect(epochs.at(-1)?.valAccuracy).toBeGreaterThan(0.45);
    expect(await readRun(run)).toMatchObject({ state: 'finished', epochsDone: 15, step: 150 });
    const { path } = await readCheckpoint(run);
    expect((await loadModel(join(path, 'model.onnx'))).graph.outputs).toHaveLength(1);
  });

  test.each([
    [3, {}],
    [10, {}],
    [17, { workers: 2 }],
    [14, { accumulate: 2, epochs: 6, optimizer: 'adamw', lr: 0.01 }],
  ] as const)(
    'stopped after %i steps and gone on with gives the same bits as never stopping: %j',
    async (stop, options) => {
      const given = recipe(options);
      const whole = join(folder, `whole-${stop}`);
      const parts = join(folder, `parts-${stop}`);
      await events(whole, given);
      const first = await events(parts, given, false, (e) => e.kind === 'step' && e.step === stop);
      expect(first.at(-1)).toMatchObject({ kind: 'end', state: 'stopped', step: stop });
      expect(await readRun(parts)).toMatchObject({ state: 'stopped' });
      const second = await events(parts, given, true);
      expect(second[0]).toMatchObject({ kind: 'start', step: stop });
      expect(second.at(-1)).toMatchObject({ kind: 'end', state: 'finished', step: 30 });
      expect(await left(parts)).toEqual(await left(whole));
    },
  );

  test('the number of workers changes nothing', async () => {
    const [a, b] = [join(folder, 'none'), join(folder, 'two')];
    await events(a, recipe({ epochs: 1, workers: 0 }));
    await events(b, recipe({ epochs: 1, workers: 2 }));
    expect(await left(a)).toEqual(await left(b));
  });

  test('a teacher is learned from', async () => {
    const run = join(folder, 'taught');
    const seen = await events(run, recipe({ epochs: 1, teacher: model, distillAlpha: 1 }));
    expect(seen.at(-1)).toMatchObject({ kind: 'end', state: 'finished' });
    const alone = join(folder, 'alone');
    await events(alone, recipe({ epochs: 1 }));
    expect((await left(run)).tensors).not.toEqual((await left(alone)).tensors);
  });

  test('another seed gives another run', async () => {
    const [a, b] = [join(folder, 'seed5'), join(folder, 'seed6')];
    await events(a, recipe({ epochs: 1 }));
    await events(b, recipe({ epochs: 1, seed: 6 }));
    expect((await left(a)).tensors).not.toEqual((await left(b)).tensors);
  });

  test('an infinite loss stops the run with step, learning rate and node', async () => {
    const run = join(folder, 'diverges');
    const failing = events(run, recipe({ lr: 1e30, schedule: 'constant', ema: 0, mixup: 0 }));
    await expect(failing).rejects.toThrow(
      /the loss of step \d+ is .*at a learning rate of 1e\+30; the first value that is not finite is/,
    );
    expect(await readRun(run)).toMatchObject({ state: 'failed' });
  });

  test('a run is not written over, and must be there to be gone on with', async () => {
    const run = join(folder, 'learns');
    await expect(events(run, recipe())).rejects.toThrow(/holds a run already/);
    await expect(events(join(folder, 'nothing'), recipe(), true)).rejects.toThrow(/holds no run/);
  });

  test.each([
    [{ data: 'synthetic:classes=5,size=8,count=320' }, /4 outputs, but the data have 5 classes/],
    [{ data: 'synthetic:classes=4,size=16,count=320' }, /the input 'input' is \[N, 3, 8, 8\]/],
    [{ batchSize: 1000 }, /320 training images do not fill a batch of 1000/],
    [{ freeze: ['nothing'] }, /no parameter is named 'nothing'/],
    [{ freeze: ['*'] }, /no parameter is left to train/],
    [{ model: 'resnet21' }, /there is no model 'resnet21'/],
    [{ data: null }, /no data to train on/],
  ] as const)('%j is refused, and nothing is left', async (given, message) => {
    const run = join(folder, 'refused');
    await expect(events(run, recipe(given as Partial<Recipe>))).rejects.toThrow(message);
    await expect(readRun(run)).rejects.toThrow(/no such file/);
  });
});
