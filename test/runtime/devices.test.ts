import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ReparamError } from '../../src/errors.js';
import { Graph, GraphBuilder, type Model } from '../../src/ir/index.js';
import { openSession, runModel, UnrunnableError } from '../../src/runtime/index.js';
import { normal, Tensor } from '../../src/tensor/index.js';
import { describeOnWebGpu } from '../webgpu.js';

const cpu = 'CPUExecutionProvider';
const gpu = 'WebGpuExecutionProvider';

const draw = (seed: number, length: number): number[] => Array.from({ length }, normal(seed));

function convolution(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 2, 5, 6]);
  b.output(b.op('Conv', [x, b.floats([3, 2, 3, 3], draw(1, 54))], { pads: [1, 1, 1, 1] }));
  return b.model();
}

/** Conv → Relu → MaxPool → BatchNormalization → Flatten → Gemm. */
function network(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', [1, 2, 6, 6]);
  const conv = b.op('Conv', [x, b.floats([4, 2, 3, 3], draw(1, 72)), b.floats([4], draw(2, 4))]);
  const pool = b.op('MaxPool', [b.op('Relu', [conv])], { kernel_shape: [2, 2], strides: [2, 2] });
  const [scale, shift, mean] = [3, 4, 5].map((seed) => b.floats([4], draw(seed, 4)));
  const variance = b.floats([4], [0.5, 1, 2, 3]);
  const normalized = b.op('BatchNormalization', [pool, scale!, shift!, mean!, variance]);
  const flat = b.op('Flatten', [normalized]);
  b.output(b.op('Gemm', [flat, b.floats([16, 3], draw(6, 48)), b.floats([3], draw(7, 3))]));
  return b.model();
}

/** Operators without a kernel for WebGPU stay on the CPU: NonZero's output has an unknown length. */
function strayed(): Model {
  const b = new GraphBuilder();
  b.output(b.op('NonZero', [b.op('Relu', [b.input('x', [2, 2])])]));
  return b.model();
}

/** x + 1 + 1 + 1 in a Loop. */
function loop(): Model {
  const body = new GraphBuilder(new Graph('body'));
  body.input('i', [], 'int64');
  const condition = body.input('c', [], 'bool');
  const state = body.input('s', [1]);
  body.output(body.op('Identity', [condition]));
  body.output(body.op('Add', [state, body.floats([1], [1])]));
  const b = new GraphBuilder();
  const trips = b.constant(Tensor.fromNumbers('int64', [], [3]));
  b.output(
    b.op('Loop', [trips, null, b.input('x', [1])], {
      body: { kind: 'graph', value: body.graph },
    }),
  );
  return b.model();
}

const image = (...dims: number[]) =>
  new Map([
    [
      'x',
      Tensor.fromNumbers(
        'float32',
        dims,
        draw(
          9,
          dims.reduce((a, b) => a * b),
        ),
      ),
    ],
  ]);

/** Temporary files of this process alone. */
const temporary = mkdtempSync(join(tmpdir(), 'devices-'));
process.env.TMPDIR = temporary;
afterAll(() => rmSync(temporary, { recursive: true, force: true }));
const profiles = () => readdirSync(temporary);

async function failure(promise: Promise<unknown>): Promise<ReparamError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ReparamError)) throw new Error(`not a ReparamError: ${error}`);
  return error;
}

describe('placement', () => {
  it('is known after the first run, and leaves nothing on the disk', async () => {
    const session = await openSession(convolution(), { placement: true });
    expect(session.device).toBe('cpu');
    expect(await session.placement()).toBeNull();
    expect(profiles().length).toBe(1);
    await session.run(image(1, 2, 5, 6));
    const placement = await session.placement();
    expect(placement?.nodes[cpu]).toBeGreaterThan(0);
    expect(placement?.fallbacks).toEqual({});
    expect(profiles()).toEqual([]);
    await session.run(image(1, 2, 5, 6));
    expect(await session.placement()).toBe(placement);
    await session.release();
    expect(profiles()).toEqual([]);
  });

  it('survives a run that fails first, and runs at the same time', async () => {
    const session = await openSession(convolution(), { placement: true });
    await failure(session.run(new Map()));
    expect(await session.placement()).toBeNull();
    await Promise.all([1, 2, 3].map(() => session.run(image(1, 2, 5, 6))));
    expect((await session.placement())?.nodes[cpu]).toBeGreaterThan(0);
    await session.release();
  });

  it('counts the nodes of a Loop once', async () => {
    const session = await openSession(loop(), { placement: true, optimization: 'disabled' });
    const [y] = (await session.run(image(1))).values();
    expect(y?.toNumbers()[0]).toBeCloseTo(draw(9, 1)[0]! + 3);
    const { nodes } = (await session.placement())!;
    expect(nodes).toEqual({ [cpu]: 3 });
    await session.release();
  });

  it('is null unless it was asked for', async () => {
    const session = await openSession(convolution());
    await session.run(image(1, 2, 5, 6));
    expect(await session.placement()).toBeNull();
    await session.release();
  });

  it('leaves nothing on the disk when no run or no session comes about', async () => {
    const session = await openSession(convolution(), { placement: true });
    await session.release();
    await failure(openSession(new Uint8Array(8), { placement: true }));
    expect(profiles()).toEqual([]);
  });
});

describeOnWebGpu('WebGPU', () => {
  it.each([
    ['a convolution', convolution, [1, 2, 5, 6]],
    ['a small network', network, [1, 2, 6, 6]],
  ] as const)('runs %s with all its nodes', async (_, build, dims) => {
    const session = await openSession(build(), { device: 'webgpu', placement: true });
    expect(session.device).toBe('webgpu');
    const [y] = (await session.run(image(...dims))).values();
    const placement = await session.placement();
    await session.release();
    expect(placement?.nodes[gpu]).toBeGreaterThan(0);
    expect(placement?.nodes[cpu]).toBeUndefined();
    expect(placement?.fallbacks).toEqual({});
    const [expected] = (await runModel(build(), image(...dims))).values();
    const actual = y!.toNumbers();
    for (const [i, value] of expected!.toNumbers().entries()) {
      expect(Math.abs(actual[i]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
    }
  });

  it('leaves to the CPU what it lacks, and says so', async () => {
    const session = await openSession(strayed(), { device: 'webgpu', placement: true });
    await session.run(new Map([['x', Tensor.fromNumbers('float32', [2, 2], [1, 0, -1, 2])]]));
    const { nodes, fallbacks } = (await session.placement())!;
    expect(nodes[gpu]).toBe(1);
    expect(fallbacks).toEqual({ NonZero: 1 });
    await session.release();
  });

  it('tells a model that it cannot run from a device that is missing', async () => {
    const b = new GraphBuilder();
    const weight = b.floats([2, 2, 1, 1, 1], [1, 2, 3, 4]);
    b.output(b.op('ConvTranspose', [b.input('x', [1, 2, 2, 2, 2]), weight]));
    const error = await failure(runModel(b.model(), image(1, 2, 2, 2, 2), { device: 'webgpu' }));
    expect(error).toBeInstanceOf(UnrunnableError);
    expect(error.message).toMatch(/^onnxruntime cannot run the model on WebGPU: ConvTranspose/);
    const broken = new TextEncoder().encode('hello');
    const unreadable = await failure(openSession(broken, { device: 'webgpu' }));
    expect(unreadable.message).toBe('the model is not a readable ONNX model');
    expect(unreadable.code).toBe('input');
  });
});
