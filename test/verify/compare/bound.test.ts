import { describe, expect, it } from 'vitest';
import { GraphBuilder, inferTypes, Value } from '../../../src/ir/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import {
  graphArithmetic,
  reductionLength,
  roundingBound,
  totalReductionLength,
} from '../../../src/verify/compare/bound.js';

const builder = () => {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 8, 10, 10]);
  const weight = (...dims: number[]) =>
    b.floats(dims, new Float32Array(dims.reduce((p, d) => p * d)));
  return { b, x, weight };
};

describe('reductionLength', () => {
  const { b, x, weight } = builder();
  it.each([
    ['Conv', () => b.op('Conv', [x, weight(16, 8, 3, 3)]), 72],
    ['grouped Conv', () => b.op('Conv', [x, weight(16, 2, 3, 5)], { group: 4 }), 30],
    ['depthwise Conv', () => b.op('Conv', [x, weight(8, 1, 7, 7)], { group: 8 }), 49],
    ['ConvTranspose', () => b.op('ConvTranspose', [x, weight(8, 4, 2, 2)]), 32],
    [
      'grouped ConvTranspose',
      () => b.op('ConvTranspose', [x, weight(8, 4, 2, 2)], { group: 2 }),
      16,
    ],
    ['Gemm', () => b.op('Gemm', [x, weight(40, 10)]), 40],
    ['transposed Gemm', () => b.op('Gemm', [x, weight(40, 10)], { transB: 1 }), 10],
    ['MatMul', () => b.op('MatMul', [x, weight(2, 10, 6)]), 10],
    ['MatMul with a vector', () => b.op('MatMul', [x, weight(10)]), 10],
    ['Add', () => b.op('Add', [x, weight(8, 1, 1)]), 1],
    ['Relu', () => b.op('Relu', [x]), 1],
    ['Conv of a computed weight', () => b.op('Conv', [x, b.op('Neg', [weight(16, 8, 3, 3)])]), 72],
    ['Conv of an unknown weight', () => b.op('Conv', [x, new Value('hidden')]), 1],
  ])('of a %s', (_, build, length) => {
    const { producer } = build();
    expect(producer && reductionLength(producer, inferTypes(b.model()))).toBe(length);
  });

  it('is summed over the graph', () => {
    const { b, x, weight } = builder();
    b.output(b.op('Relu', [b.op('Conv', [x, weight(16, 8, 3, 3)])]));
    expect(totalReductionLength(b.model())).toBe(73);
  });
});

describe('graphArithmetic', () => {
  it('is that of the coarsest type', () => {
    const { b, x } = builder();
    expect(graphArithmetic(b.graph)).toEqual({ unitRoundoff: 2 ** -24, smallestNormal: 2 ** -126 });
    const half = b.constant(Tensor.fromNumbers('float16', [1], [1]));
    b.output(b.op('Cast', [b.op('Mul', [b.op('Cast', [x], { to: 10 }), half])], { to: 1 }));
    expect(graphArithmetic(b.graph)).toEqual({ unitRoundoff: 2 ** -11, smallestNormal: 2 ** -14 });
  });

  it('is that of 8-bit steps where the graph quantizes', () => {
    const { b, x } = builder();
    b.op('QuantizeLinear', [x, b.floats([], [0.1])]);
    expect(graphArithmetic(b.graph).unitRoundoff).toBe(2 ** -8);
  });
});

describe('roundingBound', () => {
  it('grows with the root of the number of roundings, the amplification and the magnitude', () => {
    const parts = {
      unitRoundoff: 2 ** -24,
      roundings: 100,
      amplification: 1,
      magnitude: 1,
      underflow: 0,
    };
    const one = roundingBound(parts).absolute;
    expect(one).toBe(roundingBound(parts).safetyFactor * 10 * 2 ** -24);
    const grown = { ...parts, roundings: 400, amplification: 3, magnitude: 5 };
    expect(roundingBound(grown).absolute).toBeCloseTo(30 * one, 12);
    expect(roundingBound({ ...parts, magnitude: 0, underflow: 1e-38 }).absolute).toBe(1e-38);
  });
});
