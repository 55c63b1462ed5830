import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLayer, sproutBranches } from '../../../src/branches/index.js';
import type { Model } from '../../../src/ir/index.js';
import { copyModel } from '../../../src/onnx/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { completeRecipe, observe, type Recipe } from '../../../src/train/index.js';
import { deadBranches } from '../../../src/train/methods/dyrep/dead.js';
import { dyrep } from '../../../src/train/methods/dyrep/index.js';
import { layerScores } from '../../../src/train/methods/dyrep/scores.js';
import type { Moment, Surgery } from '../../../src/train/methods/index.js';
import { initializer, smallBatch, smallNet, smallOptions } from '../step/small-net.js';

interface Stored {
  /** Sum of w · ∂L/∂w, and of its magnitudes. */
  readonly scores: Readonly<Record<string, readonly [number, number]>>;
  readonly statistics: Readonly<Record<string, readonly number[]>>;
}

const path = join(import.meta.dirname, '../../../fixtures/train/dyrep-scores.json');
const stored = JSON.parse(readFileSync(path, 'utf8')) as Stored[];

async function* batches(count: number) {
  for (let step = 1; step <= count; step++) yield smallBatch(step);
}

const scoreOf = (name: string) => layerScores.find((score) => score.name === name)!.of;

describe('what is measured', () => {
  test.each([false, true])('is what PyTorch says of each batch, portable %s', async (portable) => {
    let at = 0;
    for await (const found of observe(smallNet(), { ...smallOptions, portable }, batches(3))) {
      const { scores, statistics } = stored[at++]!;
      for (const [name, [sum, magnitudes]] of Object.entries(scores)) {
        const [weight, gradient] = [initializer(smallNet(), name), found.gradients.get(name)!];
        const of = (score: string) => scoreOf(score)(weight.constant!, gradient, 0);
        expect(Math.abs(of('snip') / magnitudes - 1), name).toBeLessThan(1e-5);
        expect(Math.abs(of('synflow') - sum) / magnitudes, name).toBeLessThan(5e-6);
        // The weight's length changes nothing where a batch norm follows.
        expect(Math.abs(sum) / magnitudes, name).toBeLessThan(1e-4);
      }
      expect([...found.statistics.keys()].sort()).toEqual(Object.keys(statistics).sort());
      for (const [name, values] of Object.entries(statistics)) {
        const largest = Math.max(...values.map(Math.abs));
        const off = values.map((x, i) => x - found.statistics.get(name)!.toNumbers()[i]!);
        expect(Math.max(...off.map(Math.abs)) / largest, name).toBeLessThan(1e-5);
      }
    }
    expect(at).toBe(3);
  });

  test('is of the whole model in training form, or of the norms that are asked for', async () => {
    const trainOnly = ['block.bn1.weight'];
    for await (const found of observe(smallNet(), { ...smallOptions, trainOnly }, batches(1))) {
      expect([...found.statistics.keys()]).toEqual([
        'block.bn1.running_mean',
        'block.bn1.running_var',
      ]);
      expect([...found.gradients.keys()]).toEqual(trainOnly);
    }
  });
});

const recipe = (given: Partial<Recipe> = {}): Recipe =>
  completeRecipe({ method: 'dyrep', dyrepEvery: 1, dyrepBatches: 2, ...given });

/** The surgeries at the beginning of an epoch. */
async function surgeries(model: Model, given: Recipe, epoch = 1): Promise<Surgery[]> {
  const { revise } = await dyrep.prepare(smallNet(), given, smallOptions.optimizer);
  const moment: Moment = {
    epoch,
    model: async () => copyModel(model),
    observe: (subject, count, trainOnly) =>
      observe(subject, { ...smallOptions, ...(trainOnly && { trainOnly }) }, batches(count)),
  };
  const found: Surgery[] = [];
  for await (const surgery of revise!(moment)) found.push(surgery);
  return found;
}

/** Sets the scales of the last batch norms of a layer's branches, relative to the main one's. */
function scaled(model: Model, layer: string, shares: Readonly<Record<string, number>>): Model {
  const found = readLayer(model.graph, layer);
  if (!found.ok) throw new Error(found.refusal.reason);
  for (const { kind, sum } of found.value.branches) {
    const scale = sum.inputs[1]!.producer!.inputs[1]!;
    const share = (shares[kind.name] ?? 0.3) * found.value.scale;
    const { dims } = scale.constant!;
    scale.constant = Tensor.fromNumbers('float32', dims, new Float64Array(dims[0]!).fill(share));
  }
  return model;
}

describe('dyrep', () => {
  test('grows the layer with the highest mean score', async () => {
    const names = ['conv1.weight', 'block.conv1.weight', 'block.conv2.weight'];
    const mean = (name: string) => (stored[0]!.scores[name]![1] + stored[1]!.scores[name]![1]) / 2;
    const best = names.toSorted((a, b) => mean(b) - mean(a))[0]!;
    const [grown, ...rest] = await surgeries(smallNet(), recipe());
    expect(rest).toEqual([]);
    expect(grown).toMatchObject({ layer: best, change: 'grown' });
    expect(grown!.score / mean(best)).toBeCloseTo(1, 4);
    const others = names.filter((name) => name !== best).map((name) => name.slice(0, -7));
    const [skipped] = await surgeries(smallNet(), recipe({ skip: [best.slice(0, -7)] }));
    expect(others).toContain(skipped!.layer.slice(0, -7));
    const [chosen] = await surgeries(smallNet(), recipe({ only: ['conv1'] }));
    expect(chosen).toMatchObject({ layer: 'conv1.weight' });
  });

  test('measures the norms of new branches, and these alone', async () => {
    const [{ model }] = (await surgeries(smallNet(), recipe())) as [Surgery];
    const statistics = [...model.graph.initializers].filter(({ name }) => /running_/.test(name));
    for (const { name, constant } of statistics) {
      const isNew = name.includes('.dyrep1.');
      const isFirst = constant!.toNumbers().every((x) => x === (name.endsWith('mean') ? 0 : 1));
      if (isNew) expect(isFirst, name).toBe(false);
      else
        expect(constant!.toNumbers()).toEqual(initializer(smallNet(), name).constant!.toNumbers());
    }
  });

  test('is asked when it is due', async () => {
    const due = async (epoch: number) =>
      (await surgeries(smallNet(), recipe({ dyrepEvery: 2, dyrepUntil: 4 }), epoch)).length;
    expect(await Promise.all([0, 1, 2, 3, 4, 5, 6].map(due))).toEqual([0, 0, 1, 0, 1, 0, 0]);
  });

  test('grows a layer twice, then another', async () => {
    const given = recipe({ only: ['conv1', 'block.conv2'], dyrepThreshold: 0 });
    let model = smallNet();
    const layers: string[] = [];
    for (let epoch = 1; epoch <= 5; epoch++) {
      for (const surgery of await surgeries(model, given, epoch)) {
        layers.push(surgery.layer);
        model = surgery.model;
      }
    }
    expect(layers.toSorted()).toEqual([
      ...Array(2).fill('block.conv2.weight'),
      ...Array(2).fill('conv1.weight'),
    ]);
  });

  test('removes what counts for little, and less than the others', async () => {
    const given = recipe({ only: ['block.conv2'] });
    const [grown] = (await surgeries(smallNet(), given)) as [Surgery];
    const { layer } = grown;
    const shares = { '1x1': 0.02, avg: 0.09, '1xk': 0.12 };
    const model = scaled(copyModel(grown.model), layer, shares);
    const [removed] = await surgeries(model, given, 2);
    expect(removed).toMatchObject({ layer, change: 'removed', branches: ['1x1', 'avg'] });
    expect(removed!.score).toBeCloseTo(0.09, 5);
    // As new ones, they count alike.
    const kinds = (subject: Model) => {
      const found = readLayer(subject.graph, layer);
      return found.ok ? deadBranches(found.value, 0.1) : [];
    };
    expect(kinds(grown.model)).toEqual([]);
    expect(kinds(model).map(({ kind }) => kind.name)).toEqual(['1x1', 'avg']);
  });

  test('gives the same bytes for the same seed, and others for another', async () => {
    const scalesOf = async (seed: number) => {
      const [{ model }] = (await surgeries(smallNet(), recipe({ seed }))) as [Surgery];
      return [...model.graph.initializers].map(({ constant }) => constant!.bytes);
    };
    expect(await scalesOf(1)).toEqual(await scalesOf(1));
    expect(await scalesOf(2)).not.toEqual(await scalesOf(1));
  });

  test('leaves layers out that no branch fits beside', async () => {
    const options = { set: 1, scale: 0.01, seed: 0 };
    expect(sproutBranches(smallNet(), 'block.shortcut.0.weight', options).ok).toBe(false);
    const given = recipe({ only: ['block.shortcut.0'] });
    expect(() => dyrep.prepare(smallNet(), given, smallOptions.optimizer)).toThrow(/shortcut/);
  });
});
