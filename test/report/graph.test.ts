import { expect, it } from 'vitest';
import { collapse } from '../../src/report/graph/collapse.js';
import { dominance, neighbours } from '../../src/report/graph/dominators.js';
import { type Flow, flowOf } from '../../src/report/graph/flow.js';
import { groupAlike } from '../../src/report/graph/groups.js';
import { layOut } from '../../src/report/graph/layout.js';
import { sketchHtml } from '../../src/report/graph/sketch.js';
import { dbbPart, hugePart, node, paddedPart } from './samples.js';

const headings = ({ vertices }: Flow): string[] => vertices.map(({ heading }) => heading);

it('follows names of values from the sources to the output', () => {
  const { vertices, edges } = flowOf({
    inputs: ['x', 'y'],
    output: 'b_out',
    nodes: [
      node('Add', 'a', '', ['x', 'x', 'y', '', 'a constant']),
      { ...node('Relu', 'b', '', ['a_out']), label: 'Relu' },
    ],
  });
  expect(vertices.map(({ kind, name }) => [kind, name])).toEqual([
    ['source', 'x'],
    ['source', 'y'],
    ['node', 'a'],
    ['node', ''],
    ['output', 'b_out'],
  ]);
  expect(edges).toEqual([
    [0, 2],
    [1, 2],
    [2, 3],
    [3, 4],
  ]);
});

it('draws a part without nodes as its ends', () => {
  const { edges } = flowOf({ inputs: ['x'], output: 'x', nodes: [] });
  expect(edges).toEqual([[0, 1]]);
});

it('finds what everything must pass', () => {
  // 0 → 1 → {2, 3} → 4 → 5
  const vertex = { kind: 'node', heading: '', detail: '', name: '' } as const;
  const flow: Flow = {
    vertices: Array.from({ length: 6 }, () => vertex),
    edges: [
      [0, 1],
      [1, 2],
      [1, 3],
      [2, 4],
      [3, 4],
      [4, 5],
    ],
  };
  expect(dominance(neighbours(flow))).toEqual({
    entry: [-1, 0, 1, 1, 1, 4],
    exit: [1, 4, 4, 4, 5, -1],
  });
});

it('collapses paddings of hundreds of nodes, whatever their form, and keeps what readers look for', () => {
  const flow = collapse(flowOf(paddedPart('p').before));
  expect(headings(flow)).toEqual([
    '',
    'Conv',
    'Conv',
    'BatchNormalization',
    '400 nodes',
    'AveragePool',
    'Conv',
    'BatchNormalization',
    '400 nodes',
    'Conv',
    'Add',
    'Add',
    '',
  ]);
  expect(flow.vertices[4]?.detail).toBe('Shape ×58, Expand ×57, …');
  const reached = new Set(flow.edges.flat());
  expect(reached.size).toBe(flow.vertices.length);
});

it('collapses chains and leaves short ones', () => {
  const chain = (length: number): string[] => {
    const nodes = Array.from({ length }, (_, i) =>
      node('Neg', `${i}`, '', [i === 0 ? 'x' : `${i - 1}_out`]),
    );
    return headings(collapse(flowOf({ inputs: ['x'], output: `${length - 1}_out`, nodes })));
  };
  expect(chain(2)).toEqual(['', 'Neg', 'Neg', '']);
  expect(chain(90)).toEqual(['', '90 nodes', '']);
});

it('keeps nodes apart whose values are read from elsewhere', () => {
  const nodes = ['a', 'b', 'c', 'd'].map((name, i, all) =>
    node('Neg', name, '', [i === 0 ? 'x' : `${all[i - 1]}_out`]),
  );
  const conv = node('Conv', 'conv', '', ['d_out', 'b_out']);
  const flow = collapse(flowOf({ inputs: ['x'], output: 'conv_out', nodes: [...nodes, conv] }));
  expect(headings(flow)).toEqual(['', 'Neg', 'Neg', 'Neg', 'Neg', 'Conv', '']);
});

it('places boxes without overlaps, within the picture', () => {
  const { boxes, width, height } = layOut(flowOf(dbbPart('p').before));
  for (const [i, a] of boxes.entries()) {
    expect(a.x - a.width / 2).toBeGreaterThanOrEqual(0);
    expect(a.x + a.width / 2).toBeLessThanOrEqual(width);
    expect(a.y + a.height / 2).toBeLessThanOrEqual(height);
    for (const b of boxes.slice(i + 1)) {
      const apart =
        Math.abs(a.x - b.x) >= (a.width + b.width) / 2 ||
        Math.abs(a.y - b.y) >= (a.height + b.height) / 2;
      expect(apart).toBe(true);
    }
  }
});

it('groups parts that look the same', () => {
  const parts = [dbbPart('a'), dbbPart('b', '64 → 128'), dbbPart('c'), paddedPart('d', 9)];
  expect(groupAlike(parts).map((group) => group.map(({ before }) => before.inputs[0]))).toEqual([
    ['a_in', 'c_in'],
    ['b_in'],
    ['d_in'],
  ]);
});

it('sums up what no picture can show, soon', () => {
  const { before } = hugePart(13_000);
  const start = performance.now();
  const text = sketchHtml(before, 'before').toString();
  expect(performance.now() - start).toBeLessThan(2000);
  expect(text).toContain('<th scope="row" class="text">Conv</th><td class="number">4334</td>');
  expect(text).not.toContain('<svg');
  expect(text.length).toBeLessThan(5000);
});
