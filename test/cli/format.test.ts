import { describe, expect, it } from 'vitest';
import { type Branch, branchTree } from '../../cli/ui/branch-tree.js';
import {
  formatBytes,
  formatCount,
  formatDims,
  formatError,
  formatShare,
} from '../../cli/ui/format.js';

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
});

describe('branchTree', () => {
  const step = (label: string, ...children: Branch[]): Branch => ({ label, children });
  const leaf = (label: string) => step(label);

  it('draws a chain on one line', () => {
    expect(branchTree(step('BN', step('Conv', leaf('x'))))).toEqual(['BN ← Conv ← x']);
  });

  it('draws branches below their join, nested ones too', () => {
    const inner = step('Add b', step('Conv 1', leaf('x')), step('Conv 2', leaf('x')));
    expect(branchTree(step('Relu', step('Add a', inner, step('BN', leaf('x')))))).toEqual([
      'Relu ← Add a',
      '├─ Add b',
      '│  ├─ Conv 1 ← x',
      '│  └─ Conv 2 ← x',
      '└─ BN ← x',
    ]);
  });

  it('stops where a reader would', () => {
    const many = Array.from({ length: 100 }, (_, i) => leaf(`x${i}`));
    const lines = branchTree(step('Sum', ...many));
    expect(lines).toHaveLength(41);
    expect(lines.at(-1)).toBe('… 61 more lines');
  });
});
