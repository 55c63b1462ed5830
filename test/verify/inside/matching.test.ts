import { describe, expect, it } from 'vitest';
import { GraphBuilder, inferTypes, type Model, type Value } from '../../../src/ir/index.js';
import { uniform } from '../../../src/tensor/index.js';
import { foreignPairs } from '../../../src/verify/inside/foreign.js';
import { ValueMatching, type ValuePair } from '../../../src/verify/inside/match-values.js';
import { VaryingGraph } from '../../../src/verify/inside/varying.js';
import { copyOf, insertAfter, lookInside, mergedCopy, numberValues, shuffle } from './edits.js';
import { branched, deep, mixed } from './networks.js';

const same = { inputNames: new Map(), outputNames: new Map() };

const varying = (model: Model) => new VaryingGraph(model.graph, inferTypes(model));

/** Names of values that are matched, in the second model by those in the first. */
function match(a: Model, b: Model): Map<string, string> {
  const correspondence = { inputs: [], notes: [], casts: new Map(), ...same };
  const { pairs } = new ValueMatching(varying(a), varying(b), correspondence);
  return new Map(pairs.map((pair) => [pair.a.name, pair.b.name]));
}

const results = ({ graph }: Model): Value[] => graph.nodes.flatMap((node) => node.results);

/** What stands for what in a copy whose values have been named anew. */
const byPlace = (a: Model, b: Model): Map<string, string> => {
  const others = results(b);
  return new Map([
    ...a.graph.inputs.map(({ name }) => [name, name] as const),
    ...results(a).map(({ name }, i) => [name, others[i]?.name ?? ''] as const),
  ]);
};

describe('values without common names', () => {
  it.each([
    ['layers of every sort', mixed],
    ['equal layers behind each other', deep],
    ['branches', branched],
  ])('are matched by structure alone: %s', (_, build) => {
    const [a, b] = [build(), numberValues(copyOf(build()))];
    const expected = byPlace(a, b);
    // Weights that the graph computes do not vary.
    const names = [...match(a, a).keys()];
    for (const seed of [1, 2, 3]) {
      shuffle(b, uniform(seed));
      expect(match(a, b)).toEqual(new Map(names.map((name) => [name, expected.get(name)])));
    }
  });

  it('are not misled by numbers that are names', () => {
    const a = numberValues(mixed(), 100);
    const b = numberValues(copyOf(mixed()), 103);
    expect(match(a, b)).toEqual(byPlace(a, b));
  });

  it('are matched around what has been merged', async () => {
    const b = numberValues(await mergedCopy(branched()));
    const { status, inside } = await lookInside(branched(), b);
    expect(status).toBe('equal');
    const blocks = [0, 1, 2].flatMap((i) => [
      `layer${i}/Add_3_output`,
      `layer${i}/out/Relu_output`,
    ]);
    expect(inside?.values.map(({ a }) => a)).toEqual(blocks);
    expect(
      inside?.rewritten.map(({ before, after }) => [before.output, after.nodes.length]),
    ).toEqual([0, 1, 2].map((i) => [`layer${i}/Add_3_output`, 1]));
  });

  it('are matched across nodes that one model has in addition', () => {
    const b = copyOf(mixed());
    const names = new Map(results(b).map((value) => [value.name, value]));
    insertAfter(b, names.get('stem/Relu_output') as Value, 'Abs');
    numberValues(b);
    const found = match(mixed(), b);
    for (const [name, value] of names) expect([name, found.get(name)]).toEqual([name, value.name]);
  });
});

describe('foreignPairs', () => {
  /** x → p → q → y. */
  function chain(errors: Record<string, number>): string[] {
    const b = new GraphBuilder();
    let x = b.input('x', [2]);
    const values = ['p', 'q', 'y'].map((name) => {
      x = b.op('Tanh', [x], {}, { name });
      return x;
    });
    const pairs = values.map(
      (value): ValuePair => ({
        a: value,
        b: value,
        matchedBy: value.name.startsWith('y') ? 'interface' : 'name',
      }),
    );
    const relative = (pair: ValuePair) => errors[pair.a.name[0] ?? ''] ?? 0;
    const all = new Map(
      pairs.map((pair) => [
        pair,
        { maxAbsolute: 0, maxRelative: relative(pair), toleranceUsed: 0 },
      ]),
    );
    return [...foreignPairs(pairs, all)].map(({ a }) => a.name[0] ?? '').sort();
  }

  it.each([
    ['differs grossly without consequence', { p: 0.5 }, ['p']],
    ['leads to others that do', { p: 0.5, q: 0.5 }, ['p', 'q']],
    ['is a fault that passes on', { p: 0.5, q: 0.1, y: 0.1 }, []],
    ['is a fault that shrinks', { p: 0.5, q: 0.1, y: 0.05 }, []],
    ['is a small difference', { p: 0.005 }, []],
    ['is an output', { y: 0.5 }, []],
  ])('takes for foreign what %s', (_, errors, foreign) => {
    expect(chain(errors)).toEqual(foreign);
  });
});
