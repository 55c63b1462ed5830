import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { float, GraphBuilder, type Value } from '../../../src/ir/index.js';
import { type NdArray, ndArray } from '../../reference/array.js';
import { evaluate } from '../../reference/float64.js';
import { expectGradient, random } from '../gradient-check.js';

const positive = (channels: number, seed: number): NdArray => {
  const { dims, data } = random([channels], seed);
  return ndArray(
    dims,
    data.map((x) => 0.5 + Math.abs(x)),
  );
};

describe('BatchNormalization', () => {
  test.each([[[4, 3]], [[2, 3, 5]], [[2, 3, 4, 5]], [[2, 3, 2, 3, 2]]])(
    'in inference mode, statistics included, of %j',
    (dims) =>
      expectGradient({
        opType: 'BatchNormalization',
        operands: [dims, [3], [3], [3], positive(3, 5)],
        attributes: { epsilon: float(2 ** -10) },
      }),
  );

  test.each([[[6, 3]], [[2, 3, 5]], [[2, 3, 4, 5]], [[2, 3, 2, 3, 2]]])(
    'in training mode: the statistics depend on the input %j',
    async (dims) => {
      const reference = new GraphBuilder();
      const inputs = [dims, [3], [3], [3], [3]].map((d, i) => reference.input(`x${i}`, d));
      const outputs = reference.ops('BatchNormalization', inputs, 3, {
        training_mode: 1,
        momentum: float(0.75),
        epsilon: float(2 ** -10),
      });
      const { data } = random(dims, 7);
      const weights = ndArray(dims, data.map(Math.fround));
      const scaled = reference.op('Mul', [
        outputs[0] as Value,
        reference.floats(dims, weights.data),
      ]);
      const loss = reference.op('ReduceSum', [scaled], { keepdims: 0 });
      const parameters = inputs.slice(0, 3);
      const { builder, gradients, value } = differentiate(reference.model(), {
        loss,
        parameters,
        outputs,
      });
      const [x, gamma, beta] = [random(dims, 1), random([3], 2), random([3], 3)];
      const [mean, variance] = [random([3], 4), positive(3, 5)];
      const feeds = (values: readonly NdArray[]) =>
        new Map(values.map((array, i) => [`x${i}`, array] as const));
      const lossAt = (values: readonly NdArray[]): number =>
        trainingLoss(values, weights, 2 ** -10);
      const found = await evaluate(builder.model(), feeds([x, gamma, beta, mean, variance]));
      expect(found.get(value(loss))?.data[0]).toBeCloseTo(lossAt([x, gamma, beta]), 6);
      for (const [i, parameter] of parameters.entries()) {
        const gradient = found.get(gradients.get(parameter) as Value) as NdArray;
        const values = [x, gamma, beta];
        const base = values[i] as NdArray;
        for (let k = 0; k < base.data.length; k++) {
          const step = 1e-5;
          const at = (sign: number) =>
            lossAt(
              values.map((v, j) =>
                j === i
                  ? ndArray(
                      v.dims,
                      v.data.map((n, m) => (m === k ? n + sign * step : n)),
                    )
                  : v,
              ),
            );
          expect(gradient.data[k]).toBeCloseTo((at(1) - at(-1)) / (2 * step), 6);
        }
      }
      // As PyTorch: momentum 0.25, unbiased variance.
      const statistics = channelStatistics(x);
      const [nextMean, nextVariance] = outputs.slice(1).map((v) => found.get(value(v)) as NdArray);
      for (const [c, { mean: m, squares, count }] of statistics.entries()) {
        expect(nextMean?.data[c]).toBeCloseTo(0.75 * (mean.data[c] as number) + 0.25 * m, 6);
        const unbiased = squares / (count - 1);
        expect(nextVariance?.data[c]).toBeCloseTo(
          0.75 * (variance.data[c] as number) + 0.25 * unbiased,
          7,
        );
      }
    },
  );
});

function channelStatistics({ dims, data }: NdArray) {
  const [batch = 1, channels = 1, ...spatial] = dims;
  const area = spatial.reduce((a, b) => a * b, 1);
  return Array.from({ length: channels }, (_, c) => {
    const elements = Array.from({ length: batch }, (__, n) => {
      const start = (n * channels + c) * area;
      return [...data.subarray(start, start + area)];
    }).flat();
    const mean = elements.reduce((a, b) => a + b, 0) / elements.length;
    const squares = elements.reduce((sum, e) => sum + (e - mean) ** 2, 0);
    return { mean, squares, count: elements.length };
  });
}

/** Σ weights · (γ (x − mean) / √(variance + ε) + β), straight from the definition. */
function trainingLoss(
  [x, gamma, beta]: readonly NdArray[],
  weights: NdArray,
  epsilon: number,
): number {
  const { dims, data } = x as NdArray;
  const statistics = channelStatistics(x as NdArray);
  const area = dims.slice(2).reduce((a, b) => a * b, 1);
  let loss = 0;
  for (let i = 0; i < data.length; i++) {
    const c = Math.floor(i / area) % (dims[1] as number);
    const { mean, squares, count } = statistics[c] as {
      mean: number;
      squares: number;
      count: number;
    };
    const normal = ((data[i] as number) - mean) / Math.sqrt(squares / count + epsilon);
    const y = (gamma?.data[c] as number) * normal + (beta?.data[c] as number);
    loss += y * (weights.data[i] as number);
  }
  return loss;
}
