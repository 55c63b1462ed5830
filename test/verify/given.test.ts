import { describe, expect, it } from 'vitest';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { type ComparedReport, type GivenInputs, verifyModels } from '../../src/verify/index.js';

/** Scores of five classes; @param shift what is added to those of class 0 */
function classifier(shift = 0): Model {
  const b = new GraphBuilder();
  const next = normal(1);
  const weight = Float64Array.from({ length: 40 }, next);
  const scores = b.op('MatMul', [b.input('x', ['N', 8]), b.floats([8, 5], weight)]);
  b.output(b.op('Add', [scores, b.floats([5], [shift, 0, 0, 0, 0])]));
  return b.model();
}

function sample(index: number): GivenInputs {
  const next = normal(index + 1);
  const values = Float64Array.from({ length: 8 }, next);
  const inputs = new Map([['x', Tensor.fromNumbers('float32', [1, 8], values)]]);
  return { source: `sample ${index}`, inputs };
}

async function* samples(count: number, seen: number[] = []): AsyncGenerator<GivenInputs> {
  for (let i = 0; i < count; i++) {
    seen.push(i);
    yield sample(i);
  }
}

async function verify(b: Model, given: AsyncIterable<GivenInputs> | Iterable<GivenInputs>) {
  const report = await verifyModels(classifier(), b, { given, kinds: [] });
  if ('reason' in report) throw new Error(report.reason);
  return report;
}

const size = (report: ComparedReport) => JSON.stringify(report).length;

describe('given inputs', () => {
  it('are all run, one after the other, and leave a report that stays small', async () => {
    const seen: number[] = [];
    const many = await verify(classifier(), samples(1000, seen));
    expect(seen).toHaveLength(1000);
    expect(many.agreement).toMatchObject([{ samples: 1000, outputs: [{ top1: 1 }] }]);
    expect(many.status).toBe('equal');
    const few = await verify(classifier(), samples(17));
    expect(many.runs.length).toBeLessThanOrEqual(17);
    expect(size(many)).toBeLessThan(1.5 * size(few));
  });

  it('show where they differ, however many agree', async () => {
    const [shift, odd] = [0.01, 250];
    const good = classifier();
    // The second model is another one for zeros alone.
    const given = Array.from({ length: 300 }, (_, i) => {
      const one = sample(i);
      const x = one.inputs.get('x') as Tensor;
      const values = i === odd ? x.toNumbers().fill(0) : x.toNumbers();
      return { ...one, inputs: new Map([['x', Tensor.fromNumbers('float32', [1, 8], values)]]) };
    });
    const b = new GraphBuilder();
    const x = b.input('x', ['N', 8]);
    const total = b.op('ReduceSum', [b.op('Abs', [x])], { keepdims: 0 });
    const zero = b.op('Equal', [total, b.constant(Tensor.scalar('float32', 0))]);
    const weight = good.graph.nodes[0]?.inputs[1]?.constant as Tensor;
    const scores = b.op('MatMul', [x, b.constant(weight)]);
    const shifted = b.op('Add', [scores, b.constant(Tensor.scalar('float32', shift))]);
    b.output(b.op('Where', [zero, shifted, scores]));
    const report = await verify(b.model(), given);
    expect(report.status).toBe('different');
    const differing = report.runs.filter((run) => run.outputs.some((output) => !output.equal));
    expect(differing.map(({ source }) => source)).toEqual([`sample ${odd}`]);
    expect(report.agreement[0]?.outputs[0]?.worst).toBe(`sample ${odd}`);
  });

  it('agree less, the more classes change places', async () => {
    const top1 = async (shift: number) =>
      (await verify(classifier(shift), samples(40))).agreement[0]?.outputs[0]?.top1;
    expect([await top1(0), await top1(1000)]).toEqual([1, expect.any(Number)]);
    const share = (await top1(1)) ?? 0;
    expect(share).toBeLessThan(1);
    expect(share).toBeGreaterThan((await top1(1000)) ?? 1);
  });

  it('are run beside the seeded ones', async () => {
    const report = await verifyModels(classifier(), classifier(), {
      given: [sample(1)],
      kinds: ['constant'],
      sizes: false,
    });
    const runs = 'runs' in report ? report.runs : [];
    expect(runs.map(({ kind, source }) => [kind, source])).toEqual([
      ['constant', null],
      ['given', 'sample 1'],
    ]);
  });
});
