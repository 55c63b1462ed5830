import { expect, it } from 'vitest';
import { augmentations, parseAugment } from '../../../src/data/index.js';
import { problemOf } from '../problems.js';

it.each([
  ['', []],
  ['  ', []],
  ['crop=4,flip,cutout=16', ['pixels', 'pixels', 'values']],
  [
    ' resizedcrop=224:0.2:0.9 , jitter=0.4:0.4:0.4:0.1 , mixup=0.2,cutmix',
    ['pixels', 'pixels', 'batch', 'batch'],
  ],
  ['resize=256,centercrop=224', ['pixels', 'pixels']],
])('%s', (text, stages) => {
  expect(parseAugment(text).map(({ stage }) => stage)).toEqual(stages);
});

it.each([
  ['crops=4', /there is no augmentation 'crops'/],
  ['crop,', /there is no augmentation ''/],
  ['crop=', /'' is no padding of 'crop'/],
  ['crop=1.5', /'1.5' is no padding/],
  ['crop=-1', /'-1' is no padding/],
  ['crop=4:5', /'crop=4:5' gives too many numbers/],
  ['flip=2', /'2' is no probability/],
  ['cutout=x', /'x' is no size/],
  ['cutout=1=2', /'1=2' is no size/],
  ['jitter=0.1:0.1:0.1:0.6', /'0.6' is no hue/],
  ['resizedcrop=9999999', /is no size/],
  ['__proto__', /there is no augmentation '__proto__'/],
])('%s', async (text, message) => {
  expect(await problemOf(() => parseAugment(text))).toMatch(message);
});

it('the names are unique, and the defaults within their limits', () => {
  const names = augmentations.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, parameters } of augmentations) {
    const text = `${name}=${parameters.map(({ otherwise }) => otherwise).join(':')}`;
    expect(parseAugment(text).length).toBe(1);
  }
});
