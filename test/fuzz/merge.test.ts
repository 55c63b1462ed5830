import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { exportedCases } from '../../fixtures/exported-cases.js';
import { applyMerge, planMerge } from '../../src/merge/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { fuzz, type Stage } from './fuzz.js';

const runs = Number(process.env.FUZZ_MERGE_RUNS ?? 400);

/** Small models with every kind of region. */
const names = new Set([
  'acb_dynamic',
  'composed_weights_parallel',
  'dbb_dynamic',
  'transposed_pair',
  'two_sources',
]);

const seeds = [
  ...exportedCases()
    .filter(({ name }) => names.has(name))
    .flatMap((exported) =>
      exported.models.slice(0, 2).map(({ file }) => readFileSync(exported.path(file))),
    ),
];

let regions = 0;
const merge: Stage = async (bytes) => {
  const plan = await planMerge(decodeModel(bytes));
  const { model } = await applyMerge(plan);
  regions += plan.regions.length;
  decodeModel(encodeModel(model));
};

describe('hostile files', () => {
  it(
    `${runs} spoiled files are merged or refused`,
    async () => {
      const { failures } = await fuzz(merge, { seeds, runs });
      expect(failures).toEqual([]);
      // Most files are refused long before; enough must come through to be merged.
      expect(regions).toBeGreaterThan(runs / 20);
    },
    Math.max(120_000, 100 * runs),
  );
});
