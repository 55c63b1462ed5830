import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ReparamError } from '../../src/errors.js';
import { parseStudy, readStudy } from '../../src/study/read.js';
import { studySchema } from '../../src/study/schema.js';
import { recipeNames } from '../../src/train/index.js';

const small = 'models: resnet20\nmethods: [baseline, sgs]\nseeds: 2\ndata: cifar10:DIR\n';

function failure(text: string): ReparamError {
  try {
    parseStudy(text, 's.yaml');
  } catch (error) {
    if (error instanceof ReparamError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('a study', () => {
  it('says everything in a few lines', () => {
    const source = `
name: cifar10
data: cifar10:some/DIR
models: [resnet20, {name: vgg-slow, model: vgg11, lr: 0.05}]
methods: [baseline, acb, {name: sgs-paper, method: sgs, sgs-estimator: paper}, {name: sgs, sgsK: 3}]
seeds: 3
recipe: {epochs: 8, batch-size: 128}
`;
    expect(parseStudy(source, 's.yaml')).toEqual({
      name: 'cifar10',
      data: [{ name: 'cifar10', options: { data: 'cifar10:some/DIR' } }],
      models: [
        { name: 'resnet20', options: { model: 'resnet20' } },
        { name: 'vgg-slow', options: { model: 'vgg11', lr: 0.05 } },
      ],
      methods: [
        { name: 'baseline', options: { method: 'baseline' } },
        { name: 'acb', options: { method: 'acb' } },
        { name: 'sgs-paper', options: { method: 'sgs', sgsEstimator: 'paper' } },
        { name: 'sgs', options: { method: 'sgs', sgsK: 3 } },
      ],
      seeds: [0, 1, 2],
      baseline: 'baseline',
      recipe: { epochs: 8, batchSize: 128 },
      source,
    });
  });

  it('may be JSON with a schema, and leave the data to the command line', () => {
    const text =
      '{"$schema": "x", "models": ["nets/a.onnx"], "methods": ["acb", "dbb"], "seeds": [7, 3]}';
    expect(parseStudy(text, 's.json')).toMatchObject({
      name: 'study',
      data: [],
      models: [{ name: 'a', options: { model: 'nets/a.onnx' } }],
      seeds: [7, 3],
      baseline: 'acb',
    });
  });

  it.each([
    ['models: [', 's.yaml is no valid YAML or JSON'],
    ['- a', 's.yaml holds no study'],
    ['', 's.yaml holds no study'],
    [`${small}seeds: 3`, 's.yaml is no valid YAML or JSON'],
    ['methods: baseline\nseeds: 1', 's.yaml: the study has no models'],
    ['models: resnet20\nseeds: 1', 's.yaml: the study has no methods'],
    ['models: []\nmethods: sgs\nseeds: 1', 's.yaml: the study has no models'],
    ['models: resnet20\nmethods: sgs', 's.yaml: the study has no seeds'],
    [small.replace('seeds: 2', 'seeds: 0'), 's.yaml: seeds must be how many there are'],
    [small.replace('seeds: 2', 'seeds: []'), 's.yaml: seeds must be how many there are'],
    [small.replace('seeds: 2', 'seeds: [1, 1]'), 's.yaml: a seed is given twice'],
    [small.replace('seeds: 2', 'seeds: [1.5]'), 's.yaml: seed must be a whole number'],
    [small.replace('sgs', 'baseline'), "two entries of methods have the name 'baseline'"],
    [`${small}name: [1]`, 's.yaml: the name must be a text'],
    [`${small}recipe: 5`, 's.yaml: recipe holds lines'],
    [`${small}recipe: {lr: fast}`, "s.yaml: recipe: lr must be a number, above 0, not 'fast'"],
    [`${small}recipe: {seed: 3}`, "'seed' stands in the list 'seeds' of a study"],
    [`${small}recipe: {method: sgs}`, "'method' stands in the list 'methods' of a study"],
    [small.replace('resnet20', '{lr: 1}'), 'an entry of models says neither name nor model'],
    [small.replace('resnet20', '5'), 'models holds names, and mappings with a name; not 5'],
    [
      small.replace('resnet20', '{name: resnet20, data: x}'),
      "models, 'resnet20': 'data' stands in the list 'data'",
    ],
  ])('%j is refused', (text, message) => {
    expect(failure(text).message).toContain(message);
  });

  it.each([
    [small.replace('sgs', 'sgss'), "there is no method 'sgss'", "did you mean 'sgs'?"],
    [
      small.replace('resnet20', 'resnet21'),
      "there is no model 'resnet21'",
      "did you mean 'resnet20'?",
    ],
    [`${small}seed: 3`, "a study has no 'seed'", "options of training stand under 'recipe'"],
    [`${small}baselin: sgs`, "a study has no 'baselin'", "did you mean 'baseline'?"],
    [`${small}baseline: sg`, "the baseline 'sg' is none of the methods", "did you mean 'sgs'?"],
    [
      `${small}recipe: {batchsize: 3}`,
      "there is no option 'batchsize'",
      "did you mean 'batchSize'?",
    ],
    [
      small.replace('sgs', '{name: sgs, sgsEvry: 3}'),
      "methods, 'sgs': there is no option 'sgsEvry'",
      "did you mean 'sgsEvery'?",
    ],
    [`${small}__proto__: 3`, "a study has no '__proto__'", 'did you mean'],
  ])('%j is refused with what may have been meant', (text, message, hint) => {
    const { message: found, hint: said } = failure(text);
    expect(found).toContain(message);
    expect(said).toContain(hint);
  });

  it('names a model file that is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'study-'));
    const file = join(folder, 's.yaml');
    writeFileSync(file, small.replace('resnet20', 'missing/x.onnx'));
    await expect(readStudy(file)).rejects.toThrow('cannot read missing/x.onnx');
    await expect(readStudy(join(folder, 'none'))).rejects.toThrow('cannot read');
    rmSync(folder, { recursive: true });
  });
});

describe('the schema', () => {
  const { properties, required } = studySchema() as {
    properties: Record<string, Record<string, unknown>>;
    required: string[];
  };

  it('has the keys of a study, and every option by both spellings', () => {
    expect(Object.keys(properties).sort()).toEqual(
      ['$schema', 'baseline', 'data', 'methods', 'models', 'name', 'recipe', 'seeds'].sort(),
    );
    expect(required).toEqual(['models', 'methods', 'seeds']);
    const options = Object.keys(properties.recipe?.properties as object);
    const listed = ['model', 'method', 'data', 'seed'];
    for (const name of recipeNames) expect(options.includes(name)).toBe(!listed.includes(name));
    expect(options).toContain('batch-size');
  });

  it('lets an entry of a list give its own option and no other list', () => {
    const { methods = {} } = properties;
    const [entry] = methods.anyOf as { anyOf: { properties?: object }[] }[];
    const options = Object.keys(entry?.anyOf[1]?.properties ?? {});
    expect(options).toEqual(expect.arrayContaining(['name', 'method', 'lr', 'sgs-estimator']));
    expect(options).not.toContain('model');
  });
});
