import { expect, test } from 'vitest';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { openSession, runModel, type WebGpuLayout } from '../../src/runtime/index.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { describeOnWebGpu } from '../webgpu.js';

function numbers(dims: readonly number[], seed: number): Tensor {
  const next = normal(seed);
  const count = dims.reduce((a, b) => a * b, 1);
  return Tensor.fromNumbers('float32', dims, Float32Array.from({ length: count }, next));
}

function model(opType: string, channels: number, weight: readonly number[], group: number): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [1, channels, 5, 5]);
  b.output(b.op(opType, [x, b.constant(numbers(weight, 1))], { group, pads: [1, 1, 1, 1] }));
  return b.model();
}

/** Largest difference between WebGPU and the CPU. */
async function difference(
  subject: Model,
  channels: number,
  layout?: WebGpuLayout,
): Promise<number> {
  const feeds = new Map([['x', numbers([1, channels, 5, 5], 2)]]);
  const results = async (options: object) =>
    [...(await runModel(subject, feeds, options)).values()][0]?.toNumbers() as Float64Array;
  const [expected, found] = [
    await results({}),
    await results({ device: 'webgpu', ...(layout && { layout }) }),
  ];
  return expected.reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] as number))), 0);
}

describeOnWebGpu('the layout of WebGPU', () => {
  test.each([
    ['Conv', 4, [12, 2, 3, 3], 2],
    ['ConvTranspose', 4, [4, 1, 3, 3], 2],
  ] as const)(
    'is NCHW where a grouped %s would be wrong',
    async (opType, channels, weight, group) => {
      const subject = model(opType, channels, weight, group);
      // Fails once onnxruntime has mended it: then the exception can go.
      expect(await difference(subject, channels, 'NHWC')).toBeGreaterThan(0.1);
      expect(await difference(subject, channels)).toBeLessThan(1e-4);
      const session = await openSession(subject, { device: 'webgpu' });
      expect(session.notes.join()).toMatch(/NCHW/);
      await session.release();
    },
  );

  test.each([
    ['Conv', 4, [8, 2, 3, 3], 2],
    ['ConvTranspose', 4, [4, 2, 3, 3], 2],
    ['ConvTranspose', 6, [6, 1, 3, 3], 2],
  ] as const)(
    'is the usual one for other groups: %s of %i',
    async (opType, channels, weight, group) => {
      const subject = model(opType, channels, weight, group);
      expect(await difference(subject, channels)).toBeLessThan(1e-4);
      const session = await openSession(subject, { device: 'webgpu' });
      expect(session.notes).toEqual([]);
      await session.release();
    },
  );
});
