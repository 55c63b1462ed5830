import { expect, test } from 'vitest';
import { GraphBuilder, type Model } from '../../../src/ir/index.js';
import { pytorchDefault } from '../../../src/models/initialization.js';
import { Layers } from '../../../src/models/layers.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { buildTrainingStep, type StepOptions } from '../../../src/train/step/index.js';
import { relativeError } from '../../models/stored.js';
import {
  batchSize,
  classes,
  image,
  initializer,
  smallBatch,
  smallNet,
  smallOptions,
  trained,
} from './small-net.js';

const parametersOf = (changed: Partial<StepOptions>): string[] =>
  buildTrainingStep(smallNet(), { ...smallOptions, ...changed })
    .state.filter(({ kind }) => kind === 'parameter')
    .map(({ name }) => name);

test('patterns choose what is trained', () => {
  const all = parametersOf({});
  expect(all).toHaveLength(14);
  const without = (test: RegExp) => all.filter((name) => !test.test(name));
  expect(parametersOf({ freeze: ['block'] })).toEqual(without(/^block/));
  expect(parametersOf({ freeze: ['*.bias', 'conv1.weight'] })).toEqual(without(/bias$|^conv1/));
  expect(parametersOf({ trainOnly: ['block.*'], freeze: ['block.bn*'] })).toEqual([
    'block.conv1.weight',
    'block.conv2.weight',
    'block.shortcut.0.weight',
    'block.shortcut.1.weight',
    'block.shortcut.1.bias',
  ]);
});

test('what is frozen is not part of the state, and computes as in inference', async () => {
  const batch = smallBatch(1);
  const options = { ...smallOptions, trainOnly: ['linear'] };
  const { state, outputs, losses } = await trained(smallNet(), options, 1);
  expect([...state.keys()].sort()).toEqual([
    'linear.bias',
    'linear.weight',
    'momentum.linear.bias',
    'momentum.linear.weight',
  ]);
  const feeds = Tensor.fromNumbers('float32', [batchSize, ...image], batch.images);
  const inference = await runModel(smallNet(), new Map([['input', feeds]]));
  const logits = [...inference.get('logits')!.toNumbers()];
  expect(relativeError(outputs, logits)).toBeLessThan(1e-5);
  const rows = Array.from({ length: batchSize }, (_, i) => {
    const row = logits.slice(i * classes, (i + 1) * classes).map(Math.exp);
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((x, k) => ({ p: x / sum, target: batch.targets[i * classes + k]! }));
  });
  const loss = rows.flat().reduce((sum, { p, target }) => sum - target * Math.log(p), 0);
  expect(losses[0]).toBeCloseTo(loss / batchSize, 5);
  const gradient = rows[0]!.map((_, k) => {
    return rows.reduce((sum, row) => sum + row[k]!.p - row[k]!.target, 0) / batchSize;
  });
  const bias = initializer(smallNet(), 'linear.bias').constant!.toNumbers();
  const decayed = gradient.map((g, k) => g + 0.01 * bias[k]!);
  expect(relativeError(state.get('momentum.linear.bias')!.toNumbers(), decayed)).toBeLessThan(1e-5);
});

test('a frozen batch norm keeps its statistics while others move', async () => {
  const { state } = await trained(smallNet(), { ...smallOptions, freeze: ['block.bn1'] }, 2);
  expect([...state.keys()].filter((name) => name.includes('block.bn1'))).toEqual([]);
  const before = initializer(smallNet(), 'block.bn2.running_mean').constant!.toNumbers();
  expect(state.get('block.bn2.running_mean')!.toNumbers()).not.toEqual(before);
  // With only one of its two parameters frozen a batch norm is trained.
  const half = await trained(smallNet(), { ...smallOptions, freeze: ['block.bn1.bias'] }, 1);
  expect(half.state.has('block.bn1.running_var')).toBe(true);
});

function normNet(): Model {
  const layers = new Layers('norms', { image: [...image], classes, seed: 0 }, pytorchDefault);
  const first = layers.norm('norm', layers.conv('conv', layers.input, 4, 3));
  return layers.model(layers.linear('linear', layers.average(first), classes));
}

/** The same with the batch norm called once more, and a branch that the loss does not depend on. */
function unusualNet(): Model {
  const model = normNet();
  const { nodes } = model.graph;
  const b = new GraphBuilder(model.graph);
  const norm = nodes.find((node) => node.is('BatchNormalization'))!;
  const operands = [norm.results[0]!, ...norm.inputs.slice(1)];
  const again = b.op('BatchNormalization', operands, {}, { name: 'again' });
  nodes.find((node) => node.is('GlobalAveragePool'))!.setInput(0, again);
  nodes.splice(nodes.indexOf(norm) + 1, 0, ...nodes.splice(nodes.length - 1, 1));
  const weight = b.floats([2, 3, 1, 1], [1, 2, 3, 4, 5, 6], 'side.weight');
  b.output(b.op('Conv', [model.graph.inputs[0]!, weight]));
  return model;
}

test('a batch norm that is called twice moves its statistics twice', async () => {
  const means = [unusualNet(), normNet()].map(async (model) => {
    const { state } = await trained(model, smallOptions, 1);
    return state.get('norm.running_mean')!.toNumbers();
  });
  const [twice, single] = await Promise.all(means);
  // The second call sees a mean of 0.
  for (const [i, x] of single!.entries()) expect(twice![i]).toBeCloseTo(0.9 * x, 6);
});

test('a parameter that the loss does not depend on stays as it is', async () => {
  const { state } = await trained(unusualNet(), smallOptions, 2);
  expect([...state.get('side.weight')!.toNumbers()]).toEqual([1, 2, 3, 4, 5, 6]);
});

test('says that batch norms were folded or frozen', () => {
  expect(buildTrainingStep(smallNet(), smallOptions).notes).toEqual([]);
  const frozen = buildTrainingStep(smallNet(), { ...smallOptions, trainOnly: ['linear'] });
  expect(frozen.notes).toEqual([expect.stringMatching(/no BatchNormalization is trained/)]);
});
