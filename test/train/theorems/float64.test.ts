import { expect, test } from 'vitest';
import { theorems } from '../../../src/train/theorems/index.js';
import { float64 } from './float64-trainer.js';

/** Enough for momentum, schedules and changes of G to count; the interpreter is slow. */
const steps = 4;
const exact = theorems.filter(({ expected }) => expected.kind === 'exact');

test.each(exact)('$id in float64', async (theorem) => {
  expect(await theorem.measure({ open: float64, steps })).toBeLessThan(1e-12);
});
