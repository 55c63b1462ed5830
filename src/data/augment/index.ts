import { ReparamError } from '../../errors.js';
import { quoted, shown } from '../text.js';
import { centerCrop } from './center-crop.js';
import { colorJitter } from './color-jitter.js';
import { crop } from './crop.js';
import { cutmix } from './cutmix.js';
import { cutout } from './cutout.js';
import { flip } from './flip.js';
import { mixup } from './mixup.js';
import { resize } from './resize.js';
import { resizedCrop } from './resized-crop.js';
import type { Augmentation, Parameter, Step } from './step.js';

export type { Augmentation, BatchStep, Parameter, PixelStep, Step, ValueStep } from './step.js';

/** All augmentations. A new one is a file, and a line here. */
export const augmentations: readonly Augmentation[] = [
  crop,
  flip,
  cutout,
  resizedCrop,
  resize,
  centerCrop,
  colorJitter,
  mixup,
  cutmix,
];

const usage = (message: string, hint: string): ReparamError =>
  new ReparamError('usage', message, { hint });

function parseValue(text: string, { name, least, most, whole }: Parameter, of: string): number {
  const value = Number(text);
  if (
    text.trim() !== '' &&
    value >= least &&
    value <= most &&
    (!whole || Number.isInteger(value))
  ) {
    return value;
  }
  throw usage(
    `'${shown(text)}' is no ${name} of '${of}'`,
    `it is a ${whole ? 'whole ' : ''}number from ${least} to ${most}`,
  );
}

function parseStep(text: string): Step {
  const [name = '', ...rest] = text.split('=');
  const augmentation = augmentations.find((known) => known.name === name);
  if (augmentation === undefined) {
    const names = quoted(augmentations.map((known) => known.name));
    throw usage(`there is no augmentation '${shown(name)}'`, `there are ${names}`);
  }
  const { parameters } = augmentation;
  const given = rest.length === 0 ? [] : rest.join('=').split(':');
  if (given.length > parameters.length) {
    const order = parameters.map((parameter) => parameter.name.toUpperCase()).join(':');
    throw usage(`'${shown(text)}' gives too many numbers`, `write ${name}=${order}`);
  }
  return augmentation.create(
    parameters.map((parameter, i) => {
      const value = given[i];
      return value === undefined ? parameter.otherwise : parseValue(value, parameter, name);
    }),
  );
}

/**
 * Reads augmentations as people write them: names with their numbers, as `crop=4,flip,cutout=16` or
 * `resizedcrop=224:0.2,jitter=0.4:0.4:0.4:0.1,mixup=0.2`. They are applied in this order, but for cutout, which follows
 * normalisation, and mixup and cutmix, which come last: of these, one is chosen at random for each batch.
 * @param text '' for none.
 * @throws ReparamError ('usage') for a name that is not known, and for numbers out of range.
 */
export const parseAugment = (text: string): Step[] =>
  text.trim() === '' ? [] : text.split(',').map((part) => parseStep(part.trim()));
