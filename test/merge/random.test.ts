import { afterAll, describe, expect, test } from 'vitest';
import { ints, type Model, type Node, type Value } from '../../src/ir/index.js';
import { Tensor } from '../../src/tensor/index.js';
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
      const all = await checkMerge(build, { objective: 'nodes' });
      record(all, 'nodes');
      record(await checkMerge(build, { objective: 'macs' }), 'macs');
      if (all.regions > 1) await checkMerge(build, { objective: 'nodes', skip: ['R1'] });
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

describe('the check itself', () => {
  const build = (): RandomModel => randomImages([[], [], []]);
  const convOf = ({ graph }: Model): Node => graph.nodes.find((node) => node.is('Conv')) as Node;

  test('passes what is right', async () => {
    expect((await checkMerge(build, { objective: 'nodes' })).regions).toBeGreaterThan(0);
  });

  test.each<[string, (merged: Model) => void]>([
    [
      'a weight that is a little off',
      (merged) => {
        const weight = convOf(merged).inputs[1] as Value;
        const { dims } = weight.constant as Tensor;
        const numbers = (weight.constant as Tensor).toNumbers();
        numbers[1] = (numbers[1] as number) + 2 ** -20;
        weight.constant = Tensor.fromNumbers('float32', dims, numbers);
      },
    ],
    [
      'a window that is one off',
      (merged) => {
        const { attributes } = convOf(merged);
        const [top = 0, left = 0, bottom = 0, right = 0] = convOf(merged).ints('pads') ?? [];
        attributes.set('pads', ints([top + 1, left, bottom - 1, right]));
      },
    ],
    [
      'a bias that is lost',
      (merged) => {
        const bias = convOf(merged).inputs[2] as Value;
        bias.constant = Tensor.fromNumbers('float32', bias.constant?.dims ?? [], [Number.NaN, 0]);
      },
    ],
  ])('notices %s', async (_, spoil) => {
    await expect(checkMerge(build, { objective: 'nodes' }, spoil)).rejects.toThrow('expected');
  });

  test('finds the plainest decisions that fail', async () => {
    const tried: Decisions[] = [];
    const options = { seed: 3, runs: 50, steps: 4, length: 8 };
    const property = async (decisions: Decisions): Promise<void> => {
      tried.push(decisions);
      if (decisions.some((list) => (list[3] as number) % 7 === 1)) throw new Error('failed');
    };
    await expect(search(options, property)).rejects.toThrow(/run \d+ of seed 3: failed/);
    const plainest = tried.findLast((lists) => lists.some((list) => (list[3] as number) % 7 === 1));
    expect(plainest?.flat().filter((n) => n !== 0)).toHaveLength(1);
  });
});
