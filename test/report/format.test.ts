import { describe, expect, it } from 'vitest';
import {
  formatAgreement,
  formatBytes,
  formatCosine,
  formatCount,
  formatDecibels,
  formatDims,
  formatError,
  formatShare,
} from '../../src/report/format.js';

describe('numbers', () => {
  it.each([
    [0, '0'],
    [950, '950'],
    [999.96, '1.0 k'],
    [1051935232, '1.1 G'],
    [5268808, '5.3 M'],
    [12345678, '12.3 M'],
    [275110400, '275 M'],
    [999_960, '1.0 M'],
  ])('%d counts as %s', (value, text) => expect(formatCount(value)).toBe(text));

  it('has decimal units for bytes', () => {
    expect([0, 950, 8336772].map(formatBytes)).toEqual(['0 B', '950 B', '8.3 MB']);
  });

  it('has two digits for errors', () => {
    expect([0, 1.234e-6, 0.5].map(formatError)).toEqual(['0', '1.2e-6', '5.0e-1']);
  });

  it('has percent for shares, and factors beyond ten', () => {
    expect([0, 0.001, 0.034, 0.47, 2.5, 31, 1e6].map(formatShare)).toEqual([
      '0 %',
      '< 1 %',
      '3 %',
      '47 %',
      '250 %',
      '31 ×',
      '1e+6 ×',
    ]);
  });

  it('has dims for shapes', () => {
    expect(formatDims([])).toBe('scalar');
    expect(formatDims(['N', 3, null])).toBe('Nx3x?');
  });

  it('shows how far a cosine is from 1', () => {
    expect([1, 1 + 2e-16, 1 - 3.1e-9, 0.91324, -0.5].map(formatCosine)).toEqual([
      '1',
      '1',
      '1 − 3.1e-9',
      '0.9132',
      '−0.5000',
    ]);
  });

  it('has decibels, and agreement that is never rounded up to all', () => {
    expect([142.34, -3].map(formatDecibels)).toEqual(['142.3 dB', '−3.0 dB']);
    expect([1, 0.99999, 0.5].map(formatAgreement)).toEqual(['100 %', '99.99 %', '50.00 %']);
  });
});
