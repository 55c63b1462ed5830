import { describe, expect, it } from 'vitest';
import { inputError } from '../../src/errors.js';
import {
  type Attribute,
  float,
  GraphBuilder,
  Node,
  printGraph,
  tensor,
  Value,
} from '../../src/ir/index.js';
import { Tensor } from '../../src/tensor/index.js';

describe('printGraph', () => {
  it('reads like the textual syntax of ONNX', () => {
    const b = new GraphBuilder();
    const x = b.input('x', [1, 3, 'N', null]);
    const weight = b.floats([2, 3, 3, 3], new Float64Array(54), 'w');
    const bias = b.floats([2], [1, 2.5], 'b');
    const conv = b.op('Conv', [x, weight, bias], { pads: [1, 1, 1, 1] }, { name: 'conv' });
    const rest = b.ops(
      'Foo',
      [conv, null],
      2,
      { alpha: float(1), mode: 'a "b"' },
      { domain: 'my' },
    );
    b.output(rest[0] as Value);
    const model = b.model(17);
    model.opsets.set('my', 1);
    expect(printGraph(model)).toBe(`<
  ir_version: 8,
  opset_import: ["" : 17, "my" : 1]
>
graph (float[1,3,N,?] x) => (foo_output)
<
  float[2,3,3,3] w,
  float[2] b = {1, 2.5}
>
{
  [conv] conv_output = Conv <pads = [1, 1, 1, 1]> (x, w, b)
  foo_output, foo_output_1 = my.Foo <alpha = 1.0, mode = "a \\"b\\""> (conv_output, "")
}
`);
  });

  it('indents subgraphs', () => {
    const outer = new GraphBuilder();
    const c = outer.input('c', [], 'bool');
    const inner = new GraphBuilder();
    inner.output(inner.op('Not', [c]));
    const branch: Attribute = { kind: 'graph', value: inner.graph };
    outer.output(outer.op('If', [c], { then_branch: branch }));
    const [, body] = printGraph(outer.model()).split('>\n');
    expect(body).toBe(`graph (bool c) => (if_output)
{
  if_output = If <then_branch = graph () => (not_output)
  {
    not_output = Not (c)
  }> (c)
}
`);
  });

  it('shows attributes of every kind', () => {
    const utf8 = new TextEncoder();
    const text = new Tensor('string', [1], [utf8.encode('ä')]);
    const attributes: [string, Attribute][] = [
      ['i', { kind: 'int', value: -1 }],
      ['f', { kind: 'float', value: 0.5 }],
      ['floats', { kind: 'floats', value: [1, 1e300, Number.NaN] }],
      ['strings', { kind: 'strings', value: ['a', 'b'] }],
      ['t', tensor(Tensor.int64s([1, 2]))],
      ['text', tensor(text)],
      ['many', tensor(Tensor.int64s([1, 2, 3, 4, 5, 6, 7, 8, 9]))],
      ['packed', tensor(new Tensor('int4', [2], Uint8Array.of(0)))],
      ['tensors', { kind: 'tensors', value: [Tensor.scalar('float64', 1)] }],
      ['graphs', { kind: 'graphs', value: [] }],
      ['other', { kind: 'other', value: null }],
    ];
    const b = new GraphBuilder();
    b.graph.nodes.push(new Node('F', [], [new Value('y')], { attributes, overload: 'o' }));
    expect(printGraph(b.model())).toContain(
      'y = F:o <i = -1, f = 0.5, floats = [1.0, 1e+300, NaN], strings = ["a", "b"], ' +
        't = int64[2] {1, 2}, text = string[1] {"ä"}, many = int64[9], packed = int4[2], ' +
        'tensors = [double {1}], graphs = [], other = …> ()',
    );
  });

  it('does without data that is out of reach', () => {
    const b = new GraphBuilder();
    const missing = (): never => {
      throw inputError('the file is missing');
    };
    b.constant(new Tensor('float32', [1], missing), 'w');
    expect(printGraph(b.model())).toContain('float[1] w\n');
  });
});
