import { describe, expect, it } from 'vitest';
import { type Branch, branchTree } from '../../cli/ui/branch-tree.js';

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
