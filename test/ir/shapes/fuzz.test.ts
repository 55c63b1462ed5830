import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type Attribute,
  createModel,
  type Dim,
  Graph,
  inferTypes,
  Node,
  type TensorType,
  Value,
} from '../../../src/ir/index.js';
import { elementRules } from '../../../src/ir/shapes/elements/index.js';
import { typeRules } from '../../../src/ir/shapes/rules/index.js';
import { type DataType, Tensor } from '../../../src/tensor/index.js';

const opTypes = [...new Set([...typeRules.keys(), ...elementRules.keys()])];

const attributeNames = [
  ...['axis', 'axes', 'perm', 'shape', 'pads', 'strides', 'dilations', 'kernel_shape', 'group'],
  ...['auto_pad', 'ceil_mode', 'output_padding', 'output_shape', 'split', 'starts', 'ends', 'to'],
  ...['keepdims', 'blocksize', 'batch_dims', 'equation', 'value', 'value_ints', 'scales', 'dtype'],
  ...['num_scan_inputs', 'hidden_size', 'direction', 'layout', 'k', 'start', 'end', 'transA'],
  ...['allowzero', 'q_num_heads', 'kv_num_heads', 'reduction', 'pooled_shape', 'sample_size'],
];

const numberArb = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: -3, max: 7 }) },
  fc.constantFrom(0, 2 ** 31, -(2 ** 31), 2 ** 53, 2 ** 63, -(2 ** 63), 1e300, Number.NaN, 0.5),
);

const attributeArb: fc.Arbitrary<Attribute> = fc.oneof(
  numberArb.map((value): Attribute => ({ kind: 'int', value })),
  fc.array(numberArb, { maxLength: 8 }).map((value): Attribute => ({ kind: 'ints', value })),
  fc.array(numberArb, { maxLength: 4 }).map((value): Attribute => ({ kind: 'floats', value })),
  fc
    .constantFrom('SAME_UPPER', 'VALID', 'bij,bjk->bik', '...a,a...', '->', 'bidirectional', '')
    .map((value): Attribute => ({ kind: 'string', value })),
  fc.constant<Attribute>({ kind: 'tensor', value: Tensor.int64s([3]) }),
  fc.constant<Attribute>({ kind: 'other', value: null }),
);

const dimArb: fc.Arbitrary<Dim> = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 9 }) },
  fc.constantFrom<Dim>(null, 'n', 'm', -1, 1e15, 2 ** 60),
);

const dtypeArb = fc.constantFrom<DataType>('float32', 'int64', 'bool', 'string', 'uint8');

const typeArb: fc.Arbitrary<TensorType | null> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ dtype: dtypeArb, shape: fc.array(dimArb, { maxLength: 5 }) }),
  },
  fc.record({ dtype: dtypeArb, shape: fc.constant(null) }),
  fc.constant(null),
);

const constantArb = fc
  .array(fc.integer({ min: -9, max: 9 }), { maxLength: 6 })
  .map((values) => Tensor.int64s(values));

const inputArb = fc.oneof(
  { weight: 2, arbitrary: typeArb.map((type) => ({ type, constant: null, absent: false })) },
  constantArb.map((constant) => ({ type: null, constant, absent: false })),
  fc.constant({ type: null, constant: new Tensor('int64', [9], new Uint8Array(8)), absent: false }),
  fc.constant({ type: null, constant: null, absent: true }),
);

const nodeArb = fc.record({
  opType: fc.constantFrom(...opTypes),
  inputs: fc.array(inputArb, { maxLength: 5 }),
  outputs: fc.integer({ min: 0, max: 4 }),
  attributes: fc.dictionary(fc.constantFrom(...attributeNames), attributeArb, { maxKeys: 6 }),
});

function build(specs: readonly (typeof nodeArb extends fc.Arbitrary<infer T> ? T : never)[]) {
  const graph = new Graph('fuzz');
  const previous: Value[] = [];
  for (const { opType, inputs, outputs, attributes } of specs) {
    const read = inputs.map(({ type, constant, absent }, i) => {
      if (absent) return null;
      if (constant) return graph.addInitializer('constant', constant);
      const earlier = previous[previous.length - 1 - i];
      return earlier && i % 2 === 0
        ? earlier
        : graph.addInput(new Value(`x${graph.inputs.length}`, type));
    });
    const results = Array.from({ length: outputs }, (_, i) => new Value(`${previous.length}_${i}`));
    graph.nodes.push(new Node(opType, read, results, { attributes: Object.entries(attributes) }));
    previous.push(...results);
  }
  return { graph, values: previous };
}

describe('inferTypes on arbitrary nodes', () => {
  test('does not throw, and states only whole lengths that are not negative', () => {
    fc.assert(
      fc.property(
        fc.array(nodeArb, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 25 }),
        (specs, opset) => {
          const { graph, values } = build(specs);
          const types = inferTypes(createModel(graph, opset));
          for (const value of values) {
            for (const dim of types.of(value)?.shape ?? []) {
              if (typeof dim === 'number') expect(dim >= 0 && Number.isSafeInteger(dim)).toBe(true);
            }
            expect(types.integers(value)?.length ?? 0).toBeLessThanOrEqual(4096);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});
