import { describe, expect, it } from 'vitest';
import {
  cutGraph,
  exposeValues,
  Graph,
  GraphBuilder,
  type Model,
  type TensorType,
  type Value,
} from '../../src/ir/index.js';
import { encodeModel } from '../../src/onnx/index.js';
import { runModel } from '../../src/runtime/index.js';
import { Tensor } from '../../src/tensor/index.js';

const type: TensorType = { dtype: 'float32', shape: [2] };
const floats = (...values: number[]) => Tensor.fromNumbers('float32', [values.length], values);

/** y = −(2x), z = 2x + (2x)²: the middle value 2x is an output and is read twice by one node. */
function chain(): { model: Model; x: Value; middle: Value; y: Value } {
  const b = new GraphBuilder();
  const x = b.input('x', [2]);
  const middle = b.op('Add', [x, x], {}, { name: 'double' });
  const y = b.op('Neg', [middle], {}, { name: 'negative' });
  b.output(middle);
  b.output(y);
  b.output(b.op('Add', [middle, b.op('Mul', [middle, middle])], {}, { name: 'sum' }));
  return { model: b.model(), x, middle, y };
}

const run = async (model: Model, feeds: Record<string, Tensor>) => {
  const results = await runModel(model, new Map(Object.entries(feeds)));
  return Object.fromEntries([...results].map(([name, t]) => [name, [...t.toNumbers()]]));
};

describe('cutGraph', () => {
  it('makes parts that no longer depend on each other', async () => {
    const { model, x, middle, y } = chain();
    const cut = cutGraph(model.graph, new Map([x, middle, y].map((value) => [value, type])));
    // What nobody reads, and what comes from outside anyway, needs no new input.
    expect([...cut.inputs.keys()]).toEqual([middle]);
    const given = cut.inputs.get(middle) as string;
    expect(model.graph.inputs.map(({ name }) => name)).toEqual(['x', given]);
    expect(await run(model, { x: floats(1, 2), [given]: floats(10, 20) })).toEqual({
      double_output: [2, 4],
      negative_output: [-10, -20],
      sum_output: [110, 420],
    });
  });

  it('gives the readers in subgraphs the new input too', async () => {
    const b = new GraphBuilder();
    const x = b.input('x', [2]);
    const middle = b.op('Neg', [x]);
    const branch = (opType: string) => {
      const inner = new GraphBuilder(new Graph('branch'));
      inner.output(inner.op(opType, [middle]));
      return { kind: 'graph', value: inner.graph } as const;
    };
    const yes = b.constant(Tensor.fromNumbers('bool', [], [1]));
    b.output(b.op('If', [yes], { then_branch: branch('Abs'), else_branch: branch('Exp') }));
    const model = b.model();
    const cut = cutGraph(model.graph, new Map([[middle, type]]));
    const feeds = { x: floats(1, 2), [cut.inputs.get(middle) as string]: floats(-5, 6) };
    expect(await run(model, feeds)).toEqual({ if_output: [5, 6], neg_output: [-1, -2] });
    cut.restore();
    expect(await run(model, { x: floats(1, -2) })).toEqual({ if_output: [1, 2] });
  });

  it('can be undone to the byte, also after being cut elsewhere', () => {
    const { model, x, middle, y } = chain();
    const before = encodeModel(model);
    for (const values of [[middle], [y, middle], [x, middle, y]]) {
      const cut = cutGraph(model.graph, new Map(values.map((value) => [value, type])));
      expect(encodeModel(model)).not.toEqual(before);
      cut.restore();
      expect(encodeModel(model)).toEqual(before);
    }
  });
});

describe('exposeValues', () => {
  it('adds what is computed inside to the outputs, and can be undone', async () => {
    const { model, x, middle, y } = chain();
    const before = encodeModel(model);
    const square = model.graph.nodes[2]!.results[0]!;
    const undo = exposeValues(model.graph, [x, middle, square, y]);
    expect(await run(model, { x: floats(1, 2) })).toMatchObject({ mul_output: [4, 16] });
    expect(model.graph.outputs).toHaveLength(4);
    undo();
    expect(encodeModel(model)).toEqual(before);
  });
});
