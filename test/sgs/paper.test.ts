import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { paper } from '../../src/sgs/estimators/paper.js';
import { windowOf } from './support.js';

/** See fixtures/exporters/mutual_information.py. */
interface Case {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: readonly number[];
  readonly kernel: readonly number[];
  readonly pads: readonly number[];
  readonly k: number;
  readonly removeZeros: boolean;
  readonly values: readonly number[];
}

const path = join(import.meta.dirname, '../../fixtures/sgs/mutual-information.json');
const cases = JSON.parse(readFileSync(path, 'utf8')) as Case[];

test.each(cases)('as NumPy: $name', ({ dims, data, kernel, pads, k, removeZeros, values }) => {
  const window = windowOf(kernel, { padsBegin: pads, padsEnd: pads, strides: [2, 1] });
  const found = paper.estimate({ data: Float32Array.from(data), dims }, window, { k, removeZeros });
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(values[i] as number, 10);
  });
});
