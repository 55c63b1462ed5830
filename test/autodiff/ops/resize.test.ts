import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differentiate } from '../../../src/autodiff/index.js';
import { type AttributeValue, float, GraphBuilder, type Value } from '../../../src/ir/index.js';
import { runModel } from '../../../src/runtime/index.js';
import { Tensor } from '../../../src/tensor/index.js';
import { count } from '../../reference/array.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { random } from '../gradient-check.js';

interface Case {
  /** `[C, H, W]`, as are scales and sizes. */
  readonly dims: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly scales?: readonly number[];
  readonly sizes?: readonly number[];
  readonly roi?: readonly number[];
  readonly opset?: number;
}

/** Resize of `[1, ...dims]` or of a whole batch. */
function model(c: Case, batch: number) {
  const b = new GraphBuilder();
  const x = b.input('x', [batch, ...c.dims]);
  const floats = (values?: readonly number[]) =>
    values ? b.floats([values.length], values) : null;
  const lead = (first: number, values?: readonly number[]) =>
    values && (c.attributes.axes ? values : [first, ...values]);
  const sizes = lead(batch, c.sizes);
  const operands = [x, floats(c.roi), floats(lead(1, c.scales)), sizes ? b.int64s(sizes) : null];
  const y = b.op('Resize', operands, c.attributes);
  return { b, x, y };
}

const single = (dims: readonly number[], values: ArrayLike<number>) =>
  Tensor.fromNumbers('float32', dims, values);

/**
 * Resize is linear: element i of the gradient of `Σ w · resize(x)` is `Σ w · resize(eᵢ)`, with what onnxruntime makes of
 * the unit images `eᵢ`.
 */
async function expectAdjoint(c: Case, seed = 1): Promise<void> {
  const opset = c.opset ?? 19;
  const size = count(c.dims);
  const units = model(c, size);
  units.b.output(units.y);
  const images = Float64Array.from({ length: size * size }, (_, i) =>
    i % (size + 1) === 0 ? 1 : 0,
  );
  const feeds = new Map([['x', single([size, ...c.dims], images)]]);
  const [responses] = (await runModel(units.b.model(opset), feeds)).values();
  const [, ...result] = (responses as Tensor).dims;
  const each = count(result);
  const weights = random(result, seed).data;
  const expected = Array.from({ length: size }, (_, i) => {
    const response = (responses as Tensor).toNumbers().subarray(i * each, (i + 1) * each);
    return response.reduce((sum, value, k) => sum + value * (weights[k] as number), 0);
  });
  for (const portable of [false, true]) {
    const { b, x, y } = model(c, 1);
    const weighted = b.op('Mul', [y, b.floats([1, ...result], weights)]);
    const loss = b.op('ReduceSum', [weighted], { keepdims: 0 });
    const { builder, gradients } = differentiate(b.model(opset), {
      loss,
      parameters: [x],
      portable,
    });
    builder.output(gradients.get(x) as Value);
    const one = new Map([['x', single([1, ...c.dims], Array(size).fill(0))]]);
    const [found] = (await runModel(builder.model(), one)).values();
    expect(found?.dims).toEqual([1, ...c.dims]);
    const error = expected.map((value, i) => Math.abs(value - (found?.toNumbers()[i] as number)));
    expect(Math.max(...error), JSON.stringify(c)).toBeLessThan(2e-4);
  }
}

const lists = (c: Choices, rank: number, low: number, high: number): number[] =>
  Array.from({ length: rank }, () => c.between(low, high));

const modes = [
  'half_pixel',
  'pytorch_half_pixel',
  'align_corners',
  'asymmetric',
  'half_pixel_symmetric',
] as const;

const property = (name: string, runs: number, choose: (c: Choices) => Case): void => {
  test(name, () =>
    fc.assert(
      fc.asyncProperty(choiceNumbers(20), (numbers) => expectAdjoint(choose(new Choices(numbers)))),
      { numRuns: runs },
    ),
  );
};

/** Scales, or the lengths that they give. */
function extent(c: Choices, dims: readonly number[]) {
  const sizes = [dims[0] as number, ...lists(c, 2, 1, 9)];
  const scales = sizes.map((size, i) => Math.fround(size / (dims[i] as number)));
  return c.of(true, false) ? { sizes } : { scales: scales.map((s, i) => (i < 1 ? s : s * 1.03)) };
}

describe('gradients of Resize', () => {
  property('nearest: all roundings and coordinate modes', 30, (c) => {
    const dims = [2, ...lists(c, 2, 1, 6)];
    return {
      dims,
      ...extent(c, dims),
      attributes: {
        mode: 'nearest',
        nearest_mode: c.of('floor', 'round_prefer_floor', 'round_prefer_ceil', 'ceil'),
        coordinate_transformation_mode: c.of(...modes),
      },
    };
  });

  property('linear: all coordinate modes', 20, (c) => {
    const dims = [2, ...lists(c, 2, 1, 6)];
    return {
      dims,
      ...extent(c, dims),
      attributes: { mode: 'linear', coordinate_transformation_mode: c.of(...modes) },
    };
  });

  property('cubic: slopes, borders left out', 15, (c) => {
    const dims = [2, ...lists(c, 2, 2, 6)];
    return {
      dims,
      ...extent(c, dims),
      attributes: {
        mode: 'cubic',
        coordinate_transformation_mode: c.of(...modes),
        cubic_coeff_a: c.of(float(-0.75), float(-0.5)),
        exclude_outside: c.below(2),
      },
    };
  });

  property('antialias', 15, (c) => {
    const dims = [2, ...lists(c, 2, 3, 8)];
    return {
      dims,
      ...extent(c, dims),
      attributes: {
        mode: c.of('linear', 'cubic'),
        antialias: 1,
        coordinate_transformation_mode: c.of(...modes),
        exclude_outside: c.below(2),
      },
    };
  });

  property('crops', 10, (c) => {
    const dims = [2, ...lists(c, 2, 2, 6)];
    const [y, x] = [c.below(4) / 8 - 0.125, c.below(4) / 8 - 0.125];
    return {
      dims,
      sizes: [2, ...lists(c, 2, 1, 9)],
      roi: [0, 0, y, x, 1, 1, y + 0.75, x + 0.75],
      attributes: {
        mode: c.of('linear', 'nearest'),
        coordinate_transformation_mode: 'tf_crop_and_resize',
      },
    };
  });

  test.each(['stretch', 'not_larger', 'not_smaller'])('axes by name, %s', (policy) =>
    expectAdjoint({
      dims: [2, 5, 4],
      sizes: [7, 9],
      attributes: { axes: [2, 3], keep_aspect_ratio_policy: policy, mode: 'linear' },
    }),
  );

  test.each([[[1, 2, 2]], [[1, 3, 2]], [[1, 0.5, 0.5]]])(
    'nearest and linear by %j in opset 13',
    async (scales) => {
      for (const mode of ['nearest', 'linear']) {
        await expectAdjoint({
          dims: [3, 4, 6],
          scales,
          attributes: { mode, coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
          opset: 13,
        });
      }
    },
  );
});
