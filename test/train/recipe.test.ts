import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReparamError } from '../../src/errors.js';
import {
  completeRecipe,
  defaultRecipe,
  flagName,
  optionFromText,
  parseRecipe,
  type RecipeName,
  readRecipe,
  recipeFields,
  recipeNames,
  recipeSchema,
} from '../../src/train/recipe/index.js';
import { problemOf } from '../data/problems.js';

const parse = (text: string) => parseRecipe(text, 'a.yaml');
const problem = (text: string): Promise<string> => problemOf(() => parse(text));

function hintOf(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    return (error as ReparamError).hint;
  }
  return 'none';
}

describe('recipes', () => {
  const expected = {
    model: 'resnet20',
    lr: 0.001,
    betas: [0.9, 0.99],
    nesterov: true,
    milestones: [60, 120],
  };

  it('are YAML', () => {
    const text = `
# a comment
model: resnet20
lr: 1e-3
betas: [0.9, 0.99]
nesterov: true
milestones:
  - 60
  - 120
`;
    expect(parse(text)).toEqual(expected);
  });

  it.each([undefined, 2, '\t'])('or JSON, indented by %j', (indent) => {
    expect(parse(JSON.stringify(expected, null, indent))).toEqual(expected);
  });

  it('may use anchors, and may say nothing', () => {
    expect(parse('freeze: &a [conv1]\ntrainOnly: *a')).toEqual({
      freeze: ['conv1'],
      trainOnly: ['conv1'],
    });
    expect(parse('')).toEqual({});
    expect(parse('{}')).toEqual({});
    expect(parse('clipNorm:\nteacher: null')).toEqual({ clipNorm: null, teacher: null });
  });

  it('every default is a value that the option takes', () => {
    expect(parse(JSON.stringify(defaultRecipe))).toEqual(defaultRecipe);
    expect(recipeNames).toEqual(Object.keys(recipeFields));
    for (const name of recipeNames) {
      expect(recipeFields[name].doc).toMatch(/^[^\n]{10,}[^.\n]$/);
    }
  });
});

describe('what is wrong is said with its line', () => {
  it.each([
    ['lr: 0.1\nlearningrat: 1', "a.yaml:2: there is no option 'learningrat'"],
    ['\n\nepochs: many', "a.yaml:3: epochs must be a whole number, 1 or more, not 'many'"],
    ['epochs: 0', 'a.yaml:1: epochs must be a whole number, 1 or more, not 0'],
    ['epochs: 1.5', 'a.yaml:1: epochs must be a whole number, 1 or more, not 1.5'],
    ['lr: .nan', 'a.yaml:1: lr must be a number, above 0, not NaN'],
    ['lr: .inf', 'a.yaml:1: lr must be a number, above 0, not Infinity'],
    ['lr:', 'a.yaml:1: lr must be a number, above 0, not null'],
    ['lr: 0', 'a.yaml:1: lr must be a number, above 0, not 0'],
    ['momentum: 1', 'a.yaml:1: momentum must be a number, 0 or more and below 1, not 1'],
    ['seed: 4294967296', 'seed must be a whole number, from 0 to 4294967295, not 4294967296'],
    ['nesterov: yes', "a.yaml:1: nesterov must be true or false, not 'yes'"],
    ['optimizer: SGD', "must be one of 'sgd', 'adam', 'adamw', 'rmsprop', 'lion', not 'SGD'"],
    ['betas: [0.9]', 'a list of 2 values, each a number, 0 or more and below 1, not [0.9]'],
    ['milestones: 60', 'milestones must be a list of values, each a number, above 0, not 60'],
    ['freeze: [1]', 'not [1]'],
    ['model: {a: 1}', 'model must be a text, not {"a":1}'],
    ['method: other', "method must be one of 'baseline', 'sgs', 'repopt'"],
    ['lr: 1\nlr: 2', 'a.yaml:2: no valid YAML or JSON: Map keys must be unique'],
    ['lr: [1', 'a.yaml:1: no valid YAML or JSON'],
    ['lr: 1\n---\nlr: 2', 'a.yaml:2: no valid YAML or JSON'],
    ['{"lr": 1', 'a.yaml:1: no valid YAML or JSON'],
    ['- lr', 'a.yaml holds no recipe'],
    ['lr', 'a.yaml holds no recipe'],
    ['lr: *a', 'Unresolved alias'],
    ['<<: {lr: 1}', "there is no option '<<'"],
    ['? [1]\n: 2', "there is no option '[1]'"],
    ['__proto__: 1', "there is no option '__proto__'"],
    ['lr: "\\e[2J"', "not '\uFFFD[2J'"],
    ['['.repeat(50_000), 'no valid YAML or JSON'],
  ])('%j', async (text, expected) => {
    expect(await problem(text)).toContain(expected);
  });

  it('aliases of aliases take no time', async () => {
    const lines = ['a: &a0 [x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 10; i++) {
      lines.push(
        `a${i}: &a${i} [${Array(9)
          .fill(`*a${i - 1}`)
          .join()}]`,
      );
    }
    expect(await problem(lines.join('\n'))).toContain('there is no option');
    const deep = lines.map((line) => line.replace(/^a\d*:/, '-')).join('\n');
    expect(await problem(`freeze:\n${deep}`)).not.toBe('none');
  });

  it.each([
    ['batch_size', 'batchSize'],
    ['batch-size', 'batchSize'],
    ['wieghtDecay', 'weightDecay'],
    ['Epoch', 'epochs'],
    ['label_smoothing', 'labelSmoothing'],
  ])('%s is near to %s', (given, name) => {
    expect(hintOf(() => parse(`${given}: 1`))).toBe(`did you mean '${name}'?`);
  });
});

describe('completing', () => {
  it('the last value counts', () => {
    const recipe = completeRecipe({ lr: 1, epochs: 5 }, { lr: 2 });
    expect(recipe).toEqual({ ...defaultRecipe, lr: 2, epochs: 5 });
  });

  it.each([
    [{ nesterov: true, momentum: 0 }, 'nesterov needs momentum'],
    [{ nesterov: true, dampening: 0.1 }, 'nesterov needs momentum'],
    [{ labelSmoothing: 0.1, loss: 'mse' as const }, 'labelSmoothing belongs to'],
    [{ classes: 3, classWeights: [1, 2] }, '2 classWeights are given for 3 classes'],
    [{ schedule: 'multistep' }, 'needs milestones'],
    [{ schedule: 'onecycle', warmup: 1 }, 'warms up by itself'],
    [{ minLr: 1, lr: 0.1 }, 'minLr'],
    [{ warmup: 5, epochs: 5 }, 'warmup'],
  ])('%j is refused', async (given, expected) => {
    expect(await problemOf(() => completeRecipe(given))).toContain(expected);
  });

  it('options that others do not use do no harm', () => {
    expect(completeRecipe({ schedule: 'cosine', milestones: [3] }).milestones).toEqual([3]);
  });
});

it('the schema knows every option', () => {
  const { properties, additionalProperties } = recipeSchema() as {
    properties: Record<string, unknown>;
    additionalProperties: boolean;
  };
  expect(additionalProperties).toBe(false);
  expect(Object.keys(properties)).toEqual(recipeNames);
  expect(properties.momentum).toEqual({
    description: 'momentum, for sgd and rmsprop',
    default: 0.9,
    type: 'number',
    minimum: 0,
    exclusiveMaximum: 1,
  });
  expect(properties.clipNorm).toEqual({
    description: 'the largest norm of all gradients together',
    default: null,
    anyOf: [{ type: 'number', exclusiveMinimum: 0 }, { type: 'null' }],
  });
  expect(properties.betas).toMatchObject({
    anyOf: [{ type: 'array', minItems: 2, maxItems: 2 }, { type: 'null' }],
  });
});

describe('flags', () => {
  it('are spelled as command lines do', () => {
    expect((['lr', 'batchSize', 'finalDivFactor'] as const).map(flagName)).toEqual([
      '--lr',
      '--batch-size',
      '--final-div-factor',
    ]);
    expect(new Set(recipeNames.map(flagName)).size).toBe(recipeNames.length);
  });

  it.each<[RecipeName, string, unknown]>([
    ['lr', '1e-3', 0.001],
    ['epochs', '5', 5],
    ['nesterov', 'true', true],
    ['nesterov', 'false', false],
    ['milestones', '60, 120', [60, 120]],
    ['milestones', '', []],
    ['freeze', 'conv1.*,bn', ['conv1.*', 'bn']],
    ['optimizer', 'adam', 'adam'],
    ['clipNorm', 'none', null],
    ['augment', 'crop=4,flip', 'crop=4,flip'],
  ])('%s %s', (name, text, value) => {
    expect(optionFromText(name, text)).toEqual(value);
  });

  it.each<[RecipeName, string, string]>([
    ['lr', 'fast', "--lr: lr must be a number, above 0, not 'fast'"],
    ['lr', '', "not ''"],
    ['lr', 'none', "not 'none'"],
    ['milestones', '60,', 'not [60,""]'],
    ['betas', '0.9', 'not [0.9]'],
    ['nesterov', '1', "not '1'"],
  ])('%s %s is refused', async (name, text, expected) => {
    expect(await problemOf(() => optionFromText(name, text))).toContain(expected);
  });
});

describe('files', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'recipe-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('are read', async () => {
    const path = join(folder, 'a.yaml');
    writeFileSync(path, 'lr: 1');
    expect(await readRecipe(path)).toEqual({ lr: 1 });
    writeFileSync(path, 'lr: x');
    expect(await problemOf(() => readRecipe(path))).toContain(`${path}:1: lr must be`);
    writeFileSync(path, ' '.repeat(2 ** 20 + 1));
    expect(await problemOf(() => readRecipe(path))).toContain('too large');
    expect(await problemOf(() => readRecipe(join(folder, 'b')))).toContain('no such file');
  });
});
