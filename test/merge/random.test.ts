import { afterAll, describe, expect, test } from 'vitest';
import { randomBlocks } from './random/blocks-of-elements.js';
import { checkMerge, type Outcome } from './random/check.js';
import { randomImages } from './random/images.js';
import { randomMatrices } from './random/matrices.js';
import type { RandomModel } from './random/network.js';
import { type Decisions, search } from './random/search.js';

/** Random graphs in all; 10,000 take some minutes. */
const runs = Number(process.env.MERGE_RUNS ?? 300);
const seed = Number(process.env.MERGE_SEED ?? 1);

interface Family {
  readonly build: (decisions: Decisions) => RandomModel;
  /** Share of the runs. */
  readonly share: number;
  readonly steps: number;
  /** Numbers that a step may take. */
  readonly length: number;
  /** At least this share of the graphs must merge somewhere. */
  readonly merging: number;
}

const families: Readonly<Record<string, Family>> = {
  images: { build: randomImages, share: 0.7, steps: 4, length: 160, merging: 0.6 },
  matrices: { build: randomMatrices, share: 0.2, steps: 4, length: 60, merging: 0.6 },
  'blocks of elements': { build: randomBlocks, share: 0.1, steps: 2, length: 60, merging: 0.4 },
};

const timeout = 120_000 + 400 * runs;

describe.each(Object.entries(families))('random graphs merge exactly: %s', (name, family) => {
  const tally = new Map<string, number>();
  const count = (key: string, by = 1): void => void tally.set(key, (tally.get(key) ?? 0) + by);
  const record = (
    { regions, operators, exact, nodes, reasons }: Outcome,
    objective: string,
  ): void => {
    count(`${objective}: graphs`);
    count(`${objective}: graphs that merge`, regions > 0 ? 1 : 0);
    count(`${objective}: regions`, regions);
    count(`${objective}: graphs exact in float32`, exact ? 1 : 0);
    count(`${objective}: nodes before`, nodes.before);
    count(`${objective}: nodes after`, nodes.after);
    if (objective === 'macs') return;
    for (const operator of operators) count(`graphs with merged ${operator}`);
    for (const reason of reasons)
      count(`near miss: ${reason.replace(/'[^']*'/g, '…').replace(/\(.*/, '')}`);
  };

  test('the merged model equals the original in float64', { timeout }, async () => {
    const { steps, length, share } = family;
    const options = { seed, runs: Math.ceil(runs * share), steps, length };
    await search(options, async (decisions) => {
      const build = () => family.build(decisions);
      record(await checkMerge(build, 'nodes'), 'nodes');
      record(await checkMerge(build, 'macs'), 'macs');
    });
    const merging =
      (tally.get('nodes: graphs that merge') ?? 0) / (tally.get('nodes: graphs') ?? 1);
    expect(merging).toBeGreaterThan(family.merging);
  });

  afterAll(() => {
    if (process.env.MERGE_RUNS === undefined) return;
    const lines = [...tally]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([key, n]) => `  ${key}: ${n}`);
    process.stdout.write(`${name}\n${lines.join('\n')}\n`);
  });
});
