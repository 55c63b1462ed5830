import { describe, expect, it } from 'vitest';
import { impulsePositions, makeImages, type ProbeShape } from '../../src/merge/probe-images.js';

const shape: ProbeShape = { channels: 2, spatial: [7, 9], batch: null, channelsLast: false };

describe('impulsePositions', () => {
  it('reach the interior, every edge and every corner', () => {
    const along = (length: number) => [0, length >> 1, length - 1];
    const all = along(7).flatMap((y) => along(9).map((x) => [y, x]));
    for (const reach of [undefined, [2, 2], [3, 3], [9, 9]]) {
      expect(impulsePositions({ ...shape, reach }).flat()).toHaveLength(9);
      expect(impulsePositions({ ...shape, reach }).flat()).toEqual(expect.arrayContaining(all));
    }
  });

  it('share an image only where no output sees two of them', () => {
    const images = (reach: number[] | undefined) => impulsePositions({ ...shape, reach }).length;
    expect(images([2, 3])).toBe(1);
    expect(images([3, 3])).toBe(3);
    expect(images([2, 4])).toBe(3);
    expect(images([3, 4])).toBe(9);
    expect(images(undefined)).toBe(9);
  });

  it('are one for a length of one', () => {
    expect(impulsePositions({ ...shape, spatial: [1, 1] })).toEqual([[[0, 0]]]);
    expect(impulsePositions({ ...shape, spatial: [] })).toEqual([[[]]]);
  });
});

describe('makeImages', () => {
  it('starts with zeros and noise, then puts an impulse into every channel and position', () => {
    const [zeros, noise, ...impulses] = makeImages([{ ...shape, reach: [2, 3] }], true, 1);
    expect(zeros?.data).toEqual([]);
    expect(Math.max(...(noise?.data[0] ?? []))).toBeLessThanOrEqual(noise?.magnitude ?? 0);
    expect(impulses).toHaveLength(2);
    for (const [c, image] of impulses.entries()) {
      const channel = [...(image.data[0] ?? [])].slice(c * 63, (c + 1) * 63);
      expect(channel.filter((value) => value === 1)).toHaveLength(9);
      expect(image.data[0]?.reduce((sum, value) => sum + value)).toBe(9);
    }
  });
});
