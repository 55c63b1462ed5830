import { expect, it } from 'vitest';
import { decadeTicks, niceStep, wholeTicks } from '../../src/report/charts/axes.js';
import { growthChart } from '../../src/report/charts/growth.js';
import { histogramChart } from '../../src/report/charts/histogram.js';
import { values } from './samples.js';

const size = { width: 1000, height: 300 };
const count = (text: string, part: string): number => text.split(part).length - 1;

it('has ticks at round numbers', () => {
  expect([1, 3, 10, 99, 12_999].map((span) => niceStep(span, 5))).toEqual([1, 1, 2, 20, 5000]);
  expect(wholeTicks(1, 24, 5)).toEqual([5, 10, 15, 20]);
  expect(wholeTicks(1, 1, 5)).toEqual([1]);
  expect(decadeTicks(-8.5, -5, 5).map(({ label }) => label)).toEqual([
    '1e-8',
    '1e-7',
    '1e-6',
    '1e-5',
  ]);
});

it('draws a bar for each bin and the bound', () => {
  const bins = [
    { exponent: -24, all: 100, worst: 10 },
    { exponent: -23, all: 3, worst: 0 },
  ];
  const text = histogramChart({ label: 'l', bins, bound: 2 ** -20 }).toString();
  expect(count(text, 'class="all"')).toBe(2);
  expect(count(text, 'class="worst"')).toBe(1);
  expect(text).toContain('<line class="bound"');
  expect(text).toContain('6.0e-8 to 1.2e-7: 100 elements, 10 of the worst run');
  expect(histogramChart({ label: 'l', bins, bound: 0 }).toString()).not.toContain('"bound"');
});

it('sums up the tail of tiny errors in the lowest bin', () => {
  const bins = Array.from({ length: 140 }, (_, i) => ({ exponent: i - 149, all: 1, worst: 1 }));
  const text = histogramChart({ label: 'l', bins, bound: null }).toString();
  expect(count(text, '<g>')).toBe(72);
  expect(text).toContain('69 elements, 69 of the worst run');
});

it('has a point with its name for each value, and marks where the models part', () => {
  const growth = { values: values(10, 6), divergent: ['layer1/value_6'], label: 'l', size };
  const text = growthChart(growth).toString();
  expect(count(text, '<circle class="accumulated"')).toBe(10);
  expect(text).toContain(
    'layer0/value_1 (Relu &#39;layer0/1&#39;): accumulated error 8.7e-8, 9 % of its tolerance',
  );
  expect(count(text, 'class="divergence"')).toBe(1);
  expect(text).not.toMatch(/NaN|Infinity/);
});

it('draws single values, errors of zero and values that nobody compared locally', () => {
  const zero = { maxAbsolute: 0, maxRelative: 0, toleranceUsed: 0 };
  const [value] = values(1);
  const only = [{ ...value!, error: zero, localError: null }];
  const text = growthChart({ values: only, divergent: [], label: 'l', size }).toString();
  expect(count(text, '<circle')).toBe(1);
  expect(text).not.toMatch(/NaN|Infinity|undefined/);
});

it('draws no more points than a screen has, and never leaves out where the models part', () => {
  const growth = { values: values(13_000), divergent: ['layer500/value_2001'], label: 'l', size };
  const text = growthChart(growth).toString();
  expect(count(text, '<circle class="accumulated"')).toBeLessThanOrEqual(500);
  expect(count(text, 'class="divergence"')).toBe(1);
});
