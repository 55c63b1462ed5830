import { expect, test } from 'vitest';
import { scalingsHtml } from '../../src/report/index.js';
import { problemsOf } from './well-formed.js';

const layer = (weight: string, kernel: number[], values: number[]) => ({ weight, kernel, values });
const history = {
  run: 'runs/<a> & b',
  how: 'mutual information, estimator corrected, k = 5',
  records: [
    { epoch: 0, layers: [layer('<w>', [1, 3], [0.5, 2, 0.5]), layer('v', [2], [1, 1])] },
    { epoch: 5, layers: [layer('<w>', [1, 3], [0.25, 2.5, 0.25])] },
  ],
};

test('shows every scaling with its number, names escaped', () => {
  const page = scalingsHtml(history);
  expect(problemsOf(page)).toEqual([]);
  for (const text of ['0.50', '2.00', '0.25', '2.50', 'epoch 0', 'epoch 5']) {
    expect(page).toContain(text);
  }
  expect(page).toContain('&lt;w&gt;');
  expect(page).not.toContain('<w>');
  expect(page).not.toMatch(/<script|https?:/);
});

test('the largest number of the page is the darkest', () => {
  const strengths = [...scalingsHtml(history).matchAll(/fill-opacity="([\d.]+)"/g)].map((m) =>
    Number(m[1]),
  );
  expect(Math.max(...strengths)).toBeCloseTo(0.7, 3);
  expect(strengths.filter((strength) => strength === Math.max(...strengths))).toHaveLength(1);
});
