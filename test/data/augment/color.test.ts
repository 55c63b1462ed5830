import { describe, expect, it } from 'vitest';
import {
  withBrightness,
  withContrast,
  withHue,
  withSaturation,
} from '../../../src/data/augment/color.js';
import { uniform } from '../../../src/tensor/index.js';
import { difference, given, imageOf, pixelStep, reference } from './support.js';

const changes = {
  brightness: withBrightness,
  contrast: withContrast,
  saturation: withSaturation,
  hue: withHue,
};

describe('as torchvision', () => {
  it.each(reference.colours)('$name $factor', ({ name, factor, pixels }) => {
    const changed = changes[name as keyof typeof changes](given, factor);
    // torchvision computes in single precision: what is a whole number may come out a little less, and is rounded down.
    expect(difference(changed, pixels)).toBeLessThanOrEqual(1);
    const unequal = pixels.filter((level, i) => level !== changed.pixels[i]).length;
    expect(unequal).toBeLessThan(0.1 * pixels.length);
  });
});

describe('grey images', () => {
  const grey = imageOf([10, 100, 200, 30], 1, 2, 2);
  it('have neither saturation nor hue', () => {
    expect(withSaturation(grey, 0.3)).toBe(grey);
    expect(withHue(grey, 0.3)).toBe(grey);
  });

  it('have brightness and contrast', () => {
    expect([...withBrightness(grey, 2).pixels]).toEqual([20, 200, 255, 60]);
    expect([...withContrast(grey, 0).pixels]).toEqual([85, 85, 85, 85]);
  });
});

describe('jitter', () => {
  it('of no strength changes nothing', () => {
    expect(pixelStep('jitter=0:0:0:0').apply(given, uniform(1)).pixels).toEqual(given.pixels);
  });

  it('draws factors from the whole range and no more', () => {
    const step = pixelStep('jitter=0.5:0:0:0');
    const flat = imageOf([100], 1, 1, 1);
    const random = uniform(3);
    const levels = Array.from({ length: 500 }, () => step.apply(flat, random).pixels[0]!);
    expect(Math.min(...levels)).toBeGreaterThanOrEqual(50);
    expect(Math.min(...levels)).toBeLessThan(53);
    expect(Math.max(...levels)).toBeLessThanOrEqual(150);
    expect(Math.max(...levels)).toBeGreaterThan(147);
  });

  it('leaves the given image as it is', () => {
    const before = given.pixels.slice();
    pixelStep('jitter=0.4:0.4:0.4:0.1').apply(given, uniform(1));
    expect(given.pixels).toEqual(before);
  });
});
