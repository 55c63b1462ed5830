import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cut } from '../../../src/data/augment/cut.js';
import { resized } from '../../../src/data/augment/resample.js';
import { randomBox } from '../../../src/data/augment/resized-crop.js';
import { uniform } from '../../../src/tensor/index.js';
import { difference, given, imageOf, pixelStep, reference, valueStep } from './support.js';

const none = () => 0;

describe('sizes as torchvision with Pillow', () => {
  it.each(reference.sizes)('$height x $width', ({ height, width, pixels }) => {
    // Pillow rounds between the axes too.
    expect(difference(resized(given, { height, width }), pixels)).toBeLessThanOrEqual(1);
    expect(
      difference(pixelStep(`resize=${height}:${width}`).apply(given, none), pixels),
    ).toBeLessThanOrEqual(1);
  });

  it.each(reference.shorter)('the shorter side to $side', ({ side, shape }) => {
    const { height, width } = pixelStep(`resize=${side}`).apply(given, none);
    expect([height, width]).toEqual(shape);
  });

  it.each(reference.crops)('the middle $size', ({ size, pixels }) => {
    expect([...pixelStep(`centercrop=${size}`).apply(given, none).pixels]).toEqual(pixels);
  });

  it.each(reference.boxes)('a part $box', ({ box, pixels }) => {
    const [top, left, height, width] = box;
    const part = cut(given, { top, left, height, width });
    expect(difference(resized(part, { height: 7, width: 7 }), pixels)).toBeLessThanOrEqual(1);
  });
});

it('a flat image stays flat at any size', () => {
  const size = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(
      size,
      size,
      size,
      size,
      fc.integer({ min: 0, max: 255 }),
      (h, w, height, width, level) => {
        const flat = imageOf(new Array(h * w).fill(level), 1, h, w);
        const { pixels } = resized(flat, { height, width });
        expect(pixels.every((value) => value === level)).toBe(true);
      },
    ),
  );
});

describe('crop', () => {
  /** What padding by 2 and cutting gives, by the definition. */
  const shifted = (top: number, left: number): number[] =>
    Array.from({ length: 3 * 11 * 9 }, (_, i) => {
      const [c, y, x] = [Math.floor(i / 99), (Math.floor(i / 9) % 11) + top, (i % 9) + left];
      return y < 0 || y >= 11 || x < 0 || x >= 9 ? 0 : given.pixels[(c * 11 + y) * 9 + x]!;
    });

  it('is one of the shifts of the padded image, and each of them in time', () => {
    const expected = new Set<string>();
    for (let top = -2; top <= 2; top++) {
      for (let left = -2; left <= 2; left++) expected.add(shifted(top, left).join());
    }
    const random = uniform(1);
    const step = pixelStep('crop=2');
    const found = new Set(
      Array.from({ length: 400 }, () => step.apply(given, random).pixels.join()),
    );
    expect(found).toEqual(expected);
  });
});

describe('flip', () => {
  it('is the image in a mirror', () => {
    const { pixels } = pixelStep('flip=1').apply(imageOf([1, 2, 3, 4, 5, 6], 1, 2, 3), none);
    expect([...pixels]).toEqual([3, 2, 1, 6, 5, 4]);
  });

  it('happens as often as it is said to', () => {
    const random = uniform(1);
    for (const [spec, share] of [
      ['flip', 0.5],
      ['flip=0.2', 0.2],
      ['flip=0', 0],
    ] as const) {
      const step = pixelStep(spec);
      const results = Array.from({ length: 2000 }, () => step.apply(given, random) !== given);
      expect(results.filter(Boolean).length / 2000).toBeCloseTo(share, 1);
    }
  });
});

describe('cutout', () => {
  it('is a square around any point of the image, cut off at its border', () => {
    const random = uniform(2);
    const found = new Set<string>();
    for (let i = 0; i < 500; i++) {
      const values = new Float32Array(2 * 5 * 4).fill(1);
      valueStep('cutout=2').apply(values, { height: 5, width: 4 }, random);
      expect(values.subarray(0, 20)).toEqual(values.subarray(20));
      found.add(values.subarray(0, 20).join(''));
    }
    const expected = new Set<string>();
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 4; x++) {
        const inside = (i: number) =>
          [y - 1, y].includes(Math.floor(i / 4)) && [x - 1, x].includes(i % 4);
        expected.add(Array.from({ length: 20 }, (_, i) => (inside(i) ? 0 : 1)).join(''));
      }
    }
    expect(found).toEqual(expected);
  });
});

describe('resizedcrop', () => {
  it('takes boxes within the image, of the areas and proportions that are allowed', () => {
    const image = { height: 60, width: 90 };
    const random = uniform(3);
    for (let i = 0; i < 1000; i++) {
      const { top, left, height, width } = randomBox(image, 0.2, 0.7, random);
      expect(Math.min(top, left)).toBeGreaterThanOrEqual(0);
      expect(top + height).toBeLessThanOrEqual(60);
      expect(left + width).toBeLessThanOrEqual(90);
      const area = (height * width) / 5400;
      expect(area).toBeGreaterThan(0.19);
      expect(area).toBeLessThan(0.72);
      expect(width / height).toBeGreaterThan(0.72);
      expect(width / height).toBeLessThan(1.39);
    }
  });

  it('takes the middle of an image that is too long', () => {
    expect(randomBox({ height: 10, width: 1000 }, 1, 1, uniform(1))).toEqual({
      top: 0,
      left: 493,
      height: 10,
      width: 13,
    });
  });

  it('has the size that was asked for', () => {
    const { channels, height, width } = pixelStep('resizedcrop=5').apply(given, uniform(1));
    expect([channels, height, width]).toEqual([3, 5, 5]);
  });
});
