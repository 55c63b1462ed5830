import { describe, expect, it, test } from 'vitest';
import type { Model } from '../../src/ir/index.js';
import { buildModel, modelBuilders } from '../../src/models/index.js';
import { type StoredState, stored } from './stored.js';

interface Parameter {
  readonly name: string;
  readonly dims: readonly number[];
  /** `zero`, `one`, or `uniform` or `normal` with the standard deviation. */
  readonly spread: readonly [string, number?];
}

const normParts = { weight: 'one', bias: 'zero', running_mean: 'zero', running_var: 'one' };

/** The entries of `state_dict()` that a stored line stands for. */
function parametersOf(line: string): Parameter[] {
  const [module, ...words] = line.split(' ') as [string, string, ...string[]];
  if (words[0] === 'norm') {
    return Object.entries(normParts).map(([part, spread]) => ({
      name: `${module}.${part}`,
      dims: [Number(words[1])],
      spread: [spread],
    }));
  }
  const dims = words[0]!.split('x').map(Number);
  const [weight, bias] = words.slice(1).join(' ').split(' bias ') as [string, string?];
  const spread = (text: string): Parameter['spread'] => {
    const [kind, deviation] = text.split(' ') as [string, string?];
    return deviation === undefined ? [kind] : [kind, Number(deviation)];
  };
  const entry = { name: `${module}.weight`, dims, spread: spread(weight) };
  if (bias === undefined) return [entry];
  return [entry, { name: `${module}.bias`, dims: [dims[0]!], spread: spread(bias) }];
}

const states = stored<StoredState>('states.jsonl');

/** Trained numbers, running statistics left out. */
const trained = (model: Model): number =>
  [...model.graph.initializers]
    .filter(({ name }) => !name.includes('.running_'))
    .reduce((sum, { constant }) => sum + constant!.size, 0);

test('every network is compared with PyTorch', () => {
  const names = modelBuilders.map(({ name }) => name).sort();
  expect(states.map(({ model }) => model).sort()).toEqual(names);
});

describe.each(states)('$model', ({ model: name, modules }) => {
  const parameters = modules.flatMap(parametersOf);
  const model = buildModel(name);
  const initializers = [...model.graph.initializers];

  it('has the parameters of state_dict(), in its order', () => {
    const text = ({ name, dims }: Pick<Parameter, 'name' | 'dims'>) => `${name} ${dims.join('×')}`;
    expect(
      initializers.map((value) => text({ name: value.name, dims: value.constant!.dims })),
    ).toEqual(parameters.map(text));
  });

  it('gives nodes with parameters the names of their modules', () => {
    const withParameters = model.graph.nodes.filter((node) =>
      node.operands.some((operand) => model.graph.initializers.has(operand)),
    );
    for (const node of withParameters) {
      const owned = node.operands.filter((operand) => model.graph.initializers.has(operand));
      expect(owned.map((value) => value.name.slice(0, value.name.lastIndexOf('.')))).toEqual(
        owned.map(() => node.name),
      );
    }
    expect(withParameters.map((node) => node.name).sort()).toEqual(
      modules.map((line) => line.split(' ')[0]).sort(),
    );
    const names = model.graph.nodes.map((node) => node.name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('begins as PyTorch lets it begin', () => {
    for (const [i, { name, dims, spread }] of parameters.entries()) {
      const { constant } = initializers[i]!;
      // The largest take long to draw, and are drawn as the others are.
      if (constant!.size > 600_000) continue;
      expect([name, ...constant!.dims]).toEqual([name, ...dims]);
      expectSpread(name, constant!.toFloats(), spread);
    }
  });
});

function expectSpread(
  name: string,
  values: ArrayLike<number>,
  [kind, deviation = 0]: Parameter['spread'],
): void {
  const count = values.length;
  if (kind === 'zero' || kind === 'one') {
    const constant = new Float32Array(count).fill(kind === 'one' ? 1 : 0);
    expect(values, name).toEqual(constant);
    return;
  }
  let [sum, squares, fourths] = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const value = values[i] as number;
    const square = value * value;
    sum += value;
    squares += square;
    fourths += square * square;
  }
  const [mean, variance] = [sum / count, squares / count];
  const kurtosis = fourths / count / variance ** 2;
  // Five standard errors of: the mean; the ratio of two measured deviations, whose squares vary by kurtosis − 1; the
  // kurtosis.
  const expected = kind === 'normal' ? 3 : 1.8;
  expect(Math.abs(mean) / deviation, `${name}: mean`).toBeLessThan(5.5 / Math.sqrt(count));
  const ratio = Math.log(Math.sqrt(variance) / deviation);
  expect(Math.abs(ratio), `${name}: deviation`).toBeLessThan(
    0.0005 + 5 * Math.sqrt((expected - 1) / (2 * count)),
  );
  if (count < 1000) return;
  expect(Math.abs(kurtosis - expected), `${name}: kurtosis`).toBeLessThan(
    5 * Math.sqrt((kind === 'normal' ? 24 : 0.55) / count),
  );
}

describe('the numbers of parameters', () => {
  // As torchvision's documentation has them; for the thin ResNets as akamaster's table rounds them.
  it.each([
    ['vgg11_bn', 132868840],
    ['vgg13_bn', 133053736],
    ['vgg16_bn', 138365992],
    ['vgg19_bn', 143678248],
    ['resnet18', 11689512],
    ['resnet34', 21797672],
    ['resnet50', 25557032],
    ['googlenet', 6624904],
    ['mobilenet_v2', 3504872],
  ])('%s: %i', (name, count) => {
    expect(trained(buildModel(name))).toBe(count);
  });

  it.each([
    ['resnet20', 0.27],
    ['resnet32', 0.46],
    ['resnet44', 0.66],
    ['resnet56', 0.85],
    ['resnet110', 1.7],
  ])('%s: %d million', (name, millions) => {
    const digits = millions === 1.7 ? 1 : 2;
    expect((trained(buildModel(name)) / 1e6).toFixed(digits)).toBe(millions.toFixed(digits));
  });
});
