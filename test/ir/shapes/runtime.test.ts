import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AttributeValue,
  type Dim,
  GraphBuilder,
  inferTypes,
  type Value,
} from '../../../src/ir/index.js';
import { openSession } from '../../../src/runtime/index.js';
import { elementCount, Tensor } from '../../../src/tensor/index.js';

interface Case {
  readonly opType: string;
  /** Shapes of float inputs, constants, or null for an omitted input. */
  readonly inputs: readonly (readonly number[] | Tensor | null)[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
  readonly outputs?: number;
}

const zeros = (dims: readonly number[]) =>
  Tensor.fromNumbers('float32', dims, new Float64Array(elementCount(dims)));

/** Shapes that inference finds and those that onnxruntime produces, null when it rejects the node. */
async function both(given: Case) {
  const builder = new GraphBuilder();
  const feeds = new Map<string, Tensor>();
  const inputs = given.inputs.map((input, i) => {
    if (input === null) return null;
    if (input instanceof Tensor) return builder.constant(input);
    feeds.set(`x${i}`, zeros(input));
    return builder.input(`x${i}`, input);
  });
  const results = builder.ops(given.opType, inputs, given.outputs ?? 1, given.attributes);
  const model = builder.model(given.opset ?? 17);
  const types = inferTypes(model);
  const inferred = results.map((result) => types.of(result));
  results.forEach((result, i) => {
    result.type = { dtype: inferred[i]?.dtype ?? 'float32', shape: null };
    builder.output(result);
  });
  return {
    inferred: inferred.map((type) => type?.shape ?? null),
    actual: await run(model, feeds, results),
  };
}

async function run(
  model: ReturnType<GraphBuilder['model']>,
  feeds: ReadonlyMap<string, Tensor>,
  results: readonly Value[],
): Promise<(readonly Dim[])[] | null> {
  try {
    const session = await openSession(model, { optimization: 'disabled', threads: 1 });
    try {
      const outputs = await session.run(feeds);
      return results.map((result) => outputs.get(result.name)?.dims ?? []);
    } finally {
      await session.release();
    }
  } catch {
    return null;
  }
}

/** Cases that onnxruntime accepts must have exactly the inferred shapes. @returns how many it accepted. */
async function agree(arbitrary: fc.Arbitrary<Case>, numRuns = 80): Promise<number> {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(arbitrary, async (given) => {
      const { inferred, actual } = await both(given);
      if (actual === null) return;
      accepted++;
      expect(inferred).toEqual(actual);
    }),
    { numRuns },
  );
  return accepted;
}

const list = (min: number, max: number, length: number) =>
  fc.array(fc.integer({ min, max }), { minLength: length, maxLength: length });

const autoPad = fc.constantFrom('NOTSET', 'NOTSET', 'NOTSET', 'SAME_UPPER', 'SAME_LOWER', 'VALID');

/** Kernel, strides, dilations and pads for one or two spatial axes; the window fits into the input. */
const windowArb = fc
  .integer({ min: 1, max: 2 })
  .chain((rank) =>
    fc.record({
      size: list(3, 12, rank),
      kernel: list(1, 4, rank),
      strides: list(1, 3, rank),
      dilations: list(1, 2, rank),
      pads: list(0, 2, 2 * rank),
      autoPad,
    }),
  )
  .filter(({ size, kernel, dilations }) =>
    kernel.every((length, i) => (length - 1) * (dilations[i] ?? 1) < (size[i] ?? 0)),
  );

type Window = typeof windowArb extends fc.Arbitrary<infer T> ? T : never;

/** onnxruntime rejects dilations together with SAME, and pads together with any auto_pad. */
const attributesOf = ({ kernel, strides, dilations, pads, autoPad }: Window) => ({
  kernel_shape: kernel,
  strides,
  ...(autoPad === 'NOTSET' ? { pads, dilations } : { auto_pad: autoPad }),
});

const convArb = fc
  .record({
    window: windowArb,
    group: fc.integer({ min: 1, max: 2 }),
    batch: fc.integer({ min: 1, max: 2 }),
  })
  .map(
    ({ window, group, batch }): Case => ({
      opType: 'Conv',
      inputs: [
        [batch, 2 * group, ...window.size],
        [3 * group, 2, ...window.kernel],
      ],
      attributes: { ...attributesOf(window), group },
    }),
  );

const transposedArb = fc
  .record({ window: windowArb, group: fc.integer({ min: 1, max: 2 }), extra: list(0, 2, 2) })
  .map(
    ({ window, group, extra }): Case => ({
      opType: 'ConvTranspose',
      inputs: [
        [1, 2 * group, ...window.size],
        [2 * group, 3, ...window.kernel],
      ],
      attributes: {
        ...attributesOf(window),
        group,
        output_padding: extra
          .slice(0, window.size.length)
          .map((pad, i) => Math.min(pad, (window.strides[i] ?? 1) - 1)),
      },
    }),
  );

const poolArb = fc
  .record({
    opType: fc.constantFrom('MaxPool', 'AveragePool'),
    window: windowArb,
    ceil: fc.integer({ min: 0, max: 1 }),
  })
  .map(({ opType, window, ceil }): Case => {
    const { dilations, ...attributes } = { dilations: [], ...attributesOf(window) };
    return {
      opType,
      inputs: [[1, 2, ...window.size]],
      attributes: {
        ...attributes,
        ceil_mode: ceil,
        ...(opType === 'MaxPool' && dilations.length > 0 ? { dilations } : {}),
      },
    };
  });

const shapeArb = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });

const padArb = shapeArb
  .chain((shape) => fc.record({ shape: fc.constant(shape), pads: list(-1, 3, 2 * shape.length) }))
  .map(
    ({ shape, pads }): Case => ({
      opType: 'Pad',
      inputs: [shape, Tensor.int64s(pads)],
      attributes: {},
    }),
  );

const sliceArb = shapeArb
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axes: fc.subarray([...shape.keys()], { minLength: 1 }),
      bounds: fc.array(fc.tuple(fc.integer({ min: -7, max: 7 }), fc.integer({ min: -7, max: 7 })), {
        minLength: 4,
        maxLength: 4,
      }),
      steps: fc.array(fc.constantFrom(-3, -2, -1, 1, 2, 3), { minLength: 4, maxLength: 4 }),
      fromBack: fc.boolean(),
    }),
  )
  .map(({ shape, axes, bounds, steps, fromBack }): Case => {
    const column = (values: readonly number[]) => Tensor.int64s(values.slice(0, axes.length));
    return {
      opType: 'Slice',
      inputs: [
        shape,
        column(bounds.map(([start]) => start)),
        column(bounds.map(([, end]) => end)),
        column(axes.map((axis) => (fromBack ? axis - shape.length : axis))),
        column(steps),
      ],
      attributes: {},
    };
  });

/** A target of Reshape that fits: factors in another order, some written as 0 or −1. */
const reshapeArb = fc
  .record({
    shape: shapeArb,
    split: fc.nat(3),
    free: fc.nat(4),
    copies: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  })
  .map(({ shape, split, free, copies }): Case => {
    const at = split % shape.length;
    const merged = [...shape.slice(0, at), elementCount(shape.slice(at))];
    const target = merged.map((length, i) => {
      if (i === free) return -1;
      return copies[i] && shape[i] === length ? 0 : length;
    });
    return { opType: 'Reshape', inputs: [shape, Tensor.int64s(target)], attributes: {} };
  });

const reduceArb = shapeArb
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axes: fc.subarray([...shape.keys()]),
      keepdims: fc.integer({ min: 0, max: 1 }),
      opset: fc.constantFrom(13, 18),
    }),
  )
  .map(({ shape, axes, keepdims, opset }): Case => {
    const given = axes.map((axis) => axis - shape.length);
    const old = {
      opType: 'ReduceMean',
      inputs: [shape],
      attributes: { axes: given, keepdims },
      opset,
    };
    if (opset === 13) return axes.length > 0 ? old : { ...old, attributes: { keepdims } };
    return { ...old, inputs: [shape, Tensor.int64s(given)], attributes: { keepdims } };
  });

const resizeArb = fc
  .record({
    shape: list(1, 12, 4),
    scales: fc.array(fc.constantFrom(0.3, 0.5, 0.6, 1, 1.4, 2, 2.7), {
      minLength: 2,
      maxLength: 2,
    }),
    opset: fc.constantFrom(10, 13, 19),
  })
  .map(({ shape, scales, opset }): Case => {
    const all = Tensor.fromNumbers('float32', [4], [1, 1, ...scales]);
    return {
      opType: 'Resize',
      inputs: opset === 10 ? [shape, all] : [shape, null, all],
      attributes: { mode: 'nearest' },
      opset,
    };
  });

const matMulArb = fc
  .record({
    batch: shapeArb,
    ones: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
    m: list(1, 4, 3),
    drop: fc.nat(2),
  })
  .map(({ batch, ones, m, drop }): Case => {
    const [rows = 1, inner = 1, columns = 1] = m;
    const left = batch.map((length, i) => (ones[i] ? 1 : length));
    return {
      opType: 'MatMul',
      inputs: [
        drop === 1 ? [inner] : [...left, rows, inner],
        drop === 2 ? [inner] : [...batch.slice(1), inner, columns],
      ],
      attributes: {},
    };
  });

const splitArb = fc
  .record({
    length: fc.integer({ min: 1, max: 9 }),
    parts: fc.integer({ min: 1, max: 3 }),
    opset: fc.constantFrom(13, 18),
  })
  .map(
    ({ length, parts, opset }): Case => ({
      opType: 'Split',
      inputs: [[2, length]],
      attributes: { axis: -1, ...(opset === 18 ? { num_outputs: parts } : {}) },
      opset,
      outputs: parts,
    }),
  );

describe('shapes that onnxruntime produces', () => {
  const families: Readonly<Record<string, fc.Arbitrary<Case>>> = {
    Conv: convArb,
    ConvTranspose: transposedArb,
    'MaxPool and AveragePool': poolArb,
    Pad: padArb,
    Slice: sliceArb,
    Reshape: reshapeArb,
    ReduceMean: reduceArb,
    Resize: resizeArb,
    MatMul: matMulArb,
    Split: splitArb,
  };

  it.each(Object.entries(families))('%s', async (_name, arbitrary) => {
    expect(await agree(arbitrary)).toBeGreaterThan(20);
  });

  it.each([
    [
      '...ij,...jk->...ik',
      [
        [2, 1, 3, 4],
        [2, 5, 4, 6],
      ],
    ],
    [
      'bij,jk',
      [
        [2, 3, 4],
        [4, 5],
      ],
    ],
    [
      'oihw,hw->oihw',
      [
        [2, 3, 1, 1],
        [3, 3],
      ],
    ],
    [
      'oi,ihw->ohw',
      [
        [2, 3],
        [3, 4, 5],
      ],
    ],
    ['ii->i', [[3, 3]]],
  ] as const)('Einsum %s', async (equation, inputs) => {
    const { inferred, actual } = await both({ opType: 'Einsum', inputs, attributes: { equation } });
    expect(inferred).toEqual(actual);
  });

  it('can differ from what inference finds for another node', async () => {
    const conv = (stride: number): Case => ({
      opType: 'Conv',
      inputs: [
        [1, 1, 9],
        [1, 1, 3],
      ],
      attributes: { strides: [stride] },
    });
    const [one, two] = await Promise.all([both(conv(1)), both(conv(2))]);
    expect(one.inferred).not.toEqual(two.actual);
  });
});
