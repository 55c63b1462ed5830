import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TypedBuilder } from '../../../src/autodiff/builder.js';
import {
  type Axis,
  type ConvGeometry,
  convGeometry,
  extent,
} from '../../../src/autodiff/ops/conv/geometry.js';
import {
  chooseWeightGradient,
  weightGradientFormulations,
} from '../../../src/autodiff/ops/conv/weight-gradient/index.js';
import { universal } from '../../../src/autodiff/ops/conv/weight-gradient/universal.js';
import { GraphBuilder } from '../../../src/ir/index.js';
import type { NdArray } from '../../reference/array.js';
import { Choices, choiceNumbers } from '../../reference/choices.js';
import { evaluate } from '../../reference/float64.js';
import { random } from '../gradient-check.js';

/** Geometry of a random convolution of images, as the shapes of its operator say. */
function convolution(c: Choices): ConvGeometry {
  const two = (low: number, high: number) => [c.between(low, high), c.between(low, high)];
  const group = c.of(1, 2, 3);
  const [inputs, outputs] = [c.between(1, 3), c.between(1, 3)];
  const [kernel, strides, dilations] = [two(1, 3), two(1, 3), two(1, 2)];
  const pads = [...two(0, 3), ...two(0, 3)];
  // Small images fit the kernel only with their pads.
  const spatial = kernel.map((k, i) => {
    const reach = (dilations[i] ?? 1) * (k - 1) + 1 - (pads[i] ?? 0) - (pads[i + 2] ?? 0);
    return Math.max(1, reach, c.of(c.between(5, 8), c.between(1, 2)));
  });
  const x = [c.between(1, 3), group * inputs, ...spatial];
  const w = [group * outputs, inputs, ...kernel];
  const b = new GraphBuilder();
  const y = b.op('Conv', [b.input('x', x), b.input('w', w)], { group, strides, dilations, pads });
  if (!y.producer) throw new Error('no node');
  return convGeometry(y.producer, x, w);
}

/** Whether not all windows lie on the pads: of an image that nothing reads the universal formulation can make nothing. */
const readsImage = (axis: Axis): boolean =>
  axis.stride * (axis.output - 1) + extent(axis) > axis.begin;

async function gradient(
  { build }: Pick<(typeof weightGradientFormulations)[number], 'build'>,
  geometry: ConvGeometry,
  portable: boolean,
): Promise<NdArray> {
  const { batch, group, inputs, outputs, axes } = geometry;
  const b = new TypedBuilder(17, portable);
  const x = [batch, group * inputs, ...axes.map(({ input }) => input)];
  const dy = [batch, group * outputs, ...axes.map(({ output }) => output)];
  const result = build(b, b.input('x', x), b.input('dy', dy), geometry);
  b.output(result);
  const feeds = new Map([
    ['x', random(x, 1)],
    ['dy', random(dy, 2)],
  ]);
  return (await evaluate(b.model(), feeds)).get(result) as NdArray;
}

describe.each(weightGradientFormulations.filter((f) => f !== universal))(
  'the weight gradient "$name"',
  (formulation) => {
    test('is that of the universal formulation, in float64', async () => {
      await fc.assert(
        fc.asyncProperty(choiceNumbers(30), async (numbers) => {
          const geometry = convolution(new Choices(numbers));
          fc.pre(formulation.applies(geometry) && geometry.axes.every(readsImage));
          const expected = await gradient(universal, geometry, false);
          for (const portable of [false, true]) {
            const actual = await gradient(formulation, geometry, portable);
            expect(actual.dims).toEqual(expected.dims);
            actual.data.forEach((value, i) => {
              expect(value).toBeCloseTo(expected.data[i] as number, 10);
            });
          }
        }),
        { numRuns: 60 },
      );
    });
  },
);

describe('the formulation chosen', () => {
  const square = (channels: number, length: number, group = 1): ConvGeometry => {
    const axis = { input: length, output: length, kernel: 3, stride: 1, dilation: 1 };
    const axes = [axis, axis].map((a) => ({ ...a, begin: 1, end: 1 }));
    return { batch: 128, group, inputs: channels / group, outputs: channels / group, axes };
  };

  // What was measured to be the fastest, or within a few percent of it.
  test.each([
    ['per image', square(16, 32)],
    ['per image', square(64, 32)],
    ['whole batch', square(256, 8)],
    ['whole batch', square(512, 4)],
    ['whole batch', square(128, 16, 128)],
    ['unrolled', square(512, 2)],
  ])('is "%s"', (name, geometry) => {
    expect(chooseWeightGradient(geometry).name).toBe(name);
  });
});
