import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sproutBranches } from '../../../src/branches/index.js';
import { copyModel, decodeModel, saveModel } from '../../../src/onnx/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import {
  completeRecipe,
  type Recipe,
  readCheckpoint,
  readSurgeries,
  type TrainEvent,
  train,
} from '../../../src/train/index.js';
import { LiveStep } from '../../../src/train/loop/live-step.js';
import { setUpTraining } from '../../../src/train/loop/setup.js';
import { dyrep } from '../../../src/train/methods/dyrep/index.js';
import { smallModel } from '../small-model.js';

let folder: string;
let model: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reparam-revisions-'));
  model = join(folder, 'small.onnx');
  await saveModel(smallModel(4, 8, 0.2), model);
});

afterAll(() => rm(folder, { recursive: true, force: true }));

/** @param until steps after which the run is stopped */
async function run(
  name: string,
  given: Partial<Recipe> = {},
  until = Number.POSITIVE_INFINITY,
  resume = false,
): Promise<{ path: string; events: TrainEvent[] }> {
  const recipe = completeRecipe({
    model,
    data: 'synthetic:classes=4,size=8,count=128',
    batchSize: 32,
    workers: 0,
    augment: 'crop=1,flip',
    epochs: 3,
    seed: 5,
    method: 'dyrep',
    dyrepEvery: 1,
    dyrepBatches: 2,
    // Whatever counts for less than the others is removed.
    dyrepThreshold: 10,
    lr: 2,
    momentum: 0.5,
    schedule: 'constant',
    ...given,
  });
  const path = join(folder, name);
  const controller = new AbortController();
  const events: TrainEvent[] = [];
  for await (const event of train(path, recipe, { resume, signal: controller.signal })) {
    events.push(event);
    if (event.kind === 'step' && event.step === until) controller.abort();
  }
  return { path, events };
}

const surgeriesIn = (events: readonly TrainEvent[]) =>
  events.filter((event) => event.kind === 'surgery');

/** Everything that a run leaves but for times. */
async function left(path: string) {
  const { parameters, state, model: bytes } = await readCheckpoint(path);
  const tensors = [...parameters, ...state].map(([name, tensor]) => [
    name,
    Buffer.from(tensor.bytes).toString('hex'),
  ]);
  const log = await readFile(join(path, 'surgeries.jsonl'), 'utf8');
  return { tensors, log, model: Buffer.from(bytes ?? []).toString('hex') };
}

describe('surgeries between epochs', () => {
  test('are made when they are due, kept in the run, and move no output', async () => {
    const { path, events } = await run('due', { dyrepEvery: 2, epochs: 7, dyrepUntil: 4 });
    const grown = surgeriesIn(events).filter(({ change }) => change === 'grown');
    expect(grown.map(({ epoch, step }) => [epoch, step])).toEqual([
      [2, 8],
      [4, 16],
    ]);
    for (const { difference } of surgeriesIn(events)) expect(difference).toBeLessThan(1e-5);
    const kept = readSurgeries(path);
    expect(kept).toEqual(surgeriesIn(events).map(({ seconds: _, ...record }) => record));
    const { parameters, model: bytes } = await readCheckpoint(path);
    const names = [...parameters.keys()].filter((name) => name.includes('.dyrep1.'));
    expect(names.length).toBeGreaterThan(10);
    const read = decodeModel(bytes as Uint8Array);
    expect(read.graph.nodes.filter((node) => node.is('Conv')).length).toBeGreaterThan(2);
  });

  test('keep what the optimizer remembers by name; what is new begins without', async () => {
    const data = 'synthetic:classes=4,size=8,count=64';
    const given = { model, data, batchSize: 32, workers: 0, method: 'dyrep', ema: 0.5 } as const;
    const setup = await setUpTraining(completeRecipe(given));
    const live = await LiveStep.begin(setup, {});
    try {
      for await (const batch of setup.data.train.epoch(0)) {
        await live.open.run(batch, { step: 1, rate: 0.1 });
      }
      const before = await live.open.state();
      const next = copyModel(live.model);
      const options = { set: 1, scale: 0.01, seed: 0 };
      expect(sproutBranches(next, 'first.conv.weight', options).ok).toBe(true);
      await live.replace(next);
      const after = await live.open.state();
      const isNew = (name: string) => name.includes('.dyrep1.');
      const momenta = [...after].filter(([name]) => name.startsWith('momentum.'));
      expect(momenta.filter(([name]) => isNew(name)).length).toBeGreaterThan(10);
      for (const [name, tensor] of momenta) {
        if (isNew(name)) expect(tensor.toNumbers().every((x) => x === 0)).toBe(true);
        else expect(tensor.bytes, name).toEqual(before.get(name)?.bytes);
      }
      expect(
        before
          .get('momentum.first.conv.weight')
          ?.toNumbers()
          .some((x) => x !== 0),
      ).toBe(true);
      // The weights are those of the new model, and so are their running averages.
      for (const { name, constant } of next.graph.initializers) {
        if (!after.has(name)) continue;
        expect(after.get(name)?.bytes, name).toEqual(constant?.bytes);
        if (after.has(`average.${name}`)) {
          expect(after.get(`average.${name}`)?.bytes).toEqual(constant?.bytes);
        }
      }
    } finally {
      await live.open.release();
      await setup.data.close();
    }
  });

  test.each([4, 6, 8])(
    'stopped after step %i, a run goes on with the same bits, and the same log',
    async (step) => {
      const whole = await run('whole').catch(() => ({ path: join(folder, 'whole') }));
      await run(`stopped-${step}`, {}, step);
      const { path } = await run(`stopped-${step}`, {}, Number.POSITIVE_INFINITY, true);
      expect(await left(path)).toEqual(await left(whole.path));
      const changes = readSurgeries(path).map(({ change }) => change);
      expect(new Set(changes)).toEqual(new Set(['grown', 'removed']));
    },
  );

  test('go with running averages, several batches a step and Adam', async () => {
    const given = { ema: 0.9, accumulate: 2, optimizer: 'adamw', lr: 0.01, epochs: 2 } as const;
    const whole = await run('adam', given);
    await run('adam-stopped', given, 3);
    const { path } = await run('adam-stopped', given, Number.POSITIVE_INFINITY, true);
    expect(await left(path)).toEqual(await left(whole.path));
    expect(surgeriesIn(whole.events).length).toBeGreaterThan(0);
  });

  test('that change the function stop the run', async () => {
    const original = dyrep.prepare;
    const prepare = vi.spyOn(dyrep, 'prepare').mockImplementation(async (...args) => ({
      ...(await original(...args)),
      async *revise(moment) {
        if (moment.epoch === 0) return;
        const changed = copyModel(await moment.model());
        const [weight] = changed.graph.initializers;
        const { dtype, dims } = weight!.constant!;
        const numbers = weight!.constant!.toNumbers().map((x) => 1.001 * x);
        weight!.constant = Tensor.fromNumbers(dtype, dims, numbers);
        yield { model: changed, layer: 'it', change: 'grown', branches: ['none'], score: 0 };
      },
    }));
    await expect(run('wrong')).rejects.toThrow(/beside 'it' changes the outputs by \d\.\de-\d/);
    prepare.mockRestore();
  });
});
