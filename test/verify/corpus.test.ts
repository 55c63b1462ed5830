import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ComparedReport, compareModels, toleranceUsed } from '../../src/verify/index.js';

const folder = join(import.meta.dirname, '../../../shared/corpus');

/** Blocks only: whole networks are compared by the corpus check. */
const largest = 300_000;

const pairs = (existsSync(folder) ? readdirSync(folder) : [])
  .map((name) => ({
    name,
    a: join(folder, name, 'branched_nofold.onnx'),
    b: join(folder, name, 'deploy.onnx'),
  }))
  .filter(({ a, b }) => existsSync(a) && existsSync(b) && statSync(a).size < largest);

function used(report: ComparedReport): number {
  return Math.max(...report.runs.flatMap((run) => run.outputs.map(toleranceUsed)));
}

// Without the corpus there is nothing to compare: real pairs are not part of the package.
describe.skipIf(pairs.length === 0)('published blocks and their official conversions', () => {
  const shares: number[] = [];

  it.each(pairs)('$name is equal', async ({ a, b }) => {
    const report = await compareModels({ path: a }, { path: b });
    expect(report).toMatchObject({ status: 'equal', notes: [] });
    shares.push(used(report as ComparedReport));
  });

  it('are judged by a bound that an error could exceed', () => {
    const sorted = shares.toSorted((x, y) => x - y);
    expect(sorted.at(-1)).toBeLessThan(0.5);
    expect(1 / (sorted[sorted.length >> 1] ?? 0)).toBeLessThan(100);
  });
});
