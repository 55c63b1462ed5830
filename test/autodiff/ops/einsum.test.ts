import { describe, expect, test } from 'vitest';
import { contractionOf } from '../../../src/autodiff/ops/matrix/einsum-equation.js';
import { expectGradient } from '../gradient-check.js';

const check = (equation: string, ...operands: readonly (readonly number[])[]): Promise<void> =>
  expectGradient({ opType: 'Einsum', operands, attributes: { equation } });

describe('gradients of Einsum', () => {
  test.each([
    ['ij->ji', [[2, 3]]],
    ['ij->i', [[2, 3]]],
    ['ij->', [[2, 3]]],
    ['i,i->', [[3], [3]]],
    ['i,j->ij', [[2], [3]]],
    [
      'ij,jk->ik',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'ij,jk',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'bij,bjk->bik',
      [
        [2, 2, 3],
        [2, 3, 4],
      ],
    ],
    [
      'bhqd,bhkd->bhqk',
      [
        [2, 2, 3, 4],
        [2, 2, 2, 4],
      ],
    ],
    [
      'bhqk,bhkd->bqhd',
      [
        [2, 2, 3, 2],
        [2, 2, 2, 4],
      ],
    ],
    [
      'nctkv,kvw->nctw',
      [
        [2, 2, 3, 2, 3],
        [2, 3, 3],
      ],
    ],
    [
      'ab,bc,cd->ad',
      [
        [2, 3],
        [3, 4],
        [4, 2],
      ],
    ],
    [
      'ij,jk->k',
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      'ij,kj->k',
      [
        [2, 3],
        [2, 3],
      ],
    ],
  ])('%s', (equation, operands) => check(equation, ...operands));

  test.each([
    [
      '...ij,...jk->...ik',
      [
        [2, 2, 2, 3],
        [2, 2, 3, 4],
      ],
    ],
    [
      '...ij,jk',
      [
        [2, 2, 3],
        [3, 4],
      ],
    ],
    [
      'i...,i...->...',
      [
        [3, 2],
        [3, 2],
      ],
    ],
    ['...i->...', [[2, 3]]],
  ])('with axes under an ellipsis: %s', (equation, operands) => check(equation, ...operands));

  test.each([
    ['ii->i', [[3, 3]]],
    ['ii->', [[3, 3]]],
    ['ii,i->i', [[3, 3], [3]]],
    ['bii->b', [[2, 3, 3]]],
  ])('with the diagonal of an operand: %s', (equation, operands) => check(equation, ...operands));

  test('with axes of length 1 that are repeated', () =>
    check('...ij,...jk->...ik', [1, 2, 3], [4, 3, 2]));
});

test('labels are told apart and ellipses spelled out', () => {
  expect(contractionOf('b...i , ...ii', [3, 4])).toEqual({
    terms: ['bci', 'acid'],
    result: 'acb',
    diagonals: [{ labels: 'id', operand: 1, axis: 3 }],
  });
});

test('an equation that runs out of letters is refused', () => {
  const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
  expect(() => contractionOf(`${letters}a->a`, [53])).toThrow('too many labels');
});
