import { expect, test } from 'vitest';
import { ReparamError } from '../../../src/errors.js';
import { GraphBuilder, type Model } from '../../../src/ir/index.js';
import { pytorchDefault } from '../../../src/models/initialization.js';
import { Layers } from '../../../src/models/layers.js';
import { buildTrainingStep, type StepOptions } from '../../../src/train/step/index.js';
import { classes, image, smallNet, smallOptions } from './small-net.js';

function problem(model: Model, changed: Partial<StepOptions> = {}): string {
  try {
    buildTrainingStep(model, { ...smallOptions, ...changed });
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    return `${error.code}: ${error.message} | ${error.hint}`;
  }
  return 'none';
}

test('a pattern that matches nothing is named, with names that would', () => {
  expect(problem(smallNet(), { freeze: ['block', 'blcok.conv1'] })).toMatch(
    /^usage: no parameter is named 'blcok\.conv1' \| .*conv1\.weight, bn1\.weight/,
  );
});

test('with everything frozen nothing is left to train', () => {
  expect(problem(smallNet(), { freeze: ['*'] })).toMatch(
    /^input: no parameter is left to train \| freeze fewer/,
  );
  const b = new GraphBuilder();
  b.output(b.op('Flatten', [b.input('x', ['N', 3, 1, 1])]));
  expect(problem(b.model(), { image: [3, 1, 1] })).toMatch(/no parameter .* no weights of its own/);
});

test('images must have the size that the model takes', () => {
  expect(problem(smallNet(), { image: [3, 32, 32] })).toMatch(
    /^input: the input 'input' is \[N, 3, 24, 24\], but the images are \[6, 3, 32, 32\] \| /,
  );
  expect(problem(smallNet(), { image: [3, 24] })).toMatch(/but the images are \[6, 3, 24\]/);
});

const features = (outputs: (layers: Layers) => Model): Model =>
  outputs(new Layers('features', { image: [...image], classes, seed: 0 }, pytorchDefault));

test('the output must be one row for each image', () => {
  const model = features((layers) => layers.model(layers.conv('conv', layers.input, 4, 3)));
  expect(problem(model)).toMatch(
    /^input: the output 'logits' is \[6, 4, 22, 22\], not one row of numbers for each image/,
  );
});

/** An operator without gradient between two layers. */
const determined = (): Model =>
  features((layers) => {
    const conv = layers.conv('conv', layers.input, 4, 3, { padding: 1 });
    const areas = layers.op('Det', 'area', [conv], ['N', 4]);
    return layers.model(layers.linear('linear', areas, classes));
  });

test('an operator without gradient is named, with the way out, which works', () => {
  expect(problem(determined())).toMatch(
    /^input: Det 'area' cannot be trained through: Det has no gradient rule \| .*--freeze/,
  );
  expect(problem(determined(), { freeze: ['conv'] })).toBe('none');
});

test('a teacher must fit the model', () => {
  const small = (k: number) =>
    features((layers) => layers.model(layers.linear('fc', layers.flatten(layers.input), k)));
  expect(problem(smallNet(), { teacher: small(7) })).toMatch(
    /the teacher has 7 outputs, but the model has 5/,
  );
  const newer = small(classes);
  newer.opsets.set('', 18);
  expect(problem(smallNet(), { teacher: newer })).toMatch(
    /is of opset 17, and its teacher of opset 18/,
  );
  const wider = new Layers('wide', { image: [3, 32, 32], classes, seed: 0 }, pytorchDefault);
  const teacher = wider.model(wider.linear('fc', wider.flatten(wider.input), classes));
  expect(problem(smallNet(), { teacher })).toMatch(/is \[N, 3, 32, 32\], but the images are/);
});
