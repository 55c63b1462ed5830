import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ReparamError } from '../../src/errors.js';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { encodeModel } from '../../src/onnx/index.js';
import { openSession, runModel, UnrunnableError } from '../../src/runtime/index.js';
import { type DataType, Tensor } from '../../src/tensor/index.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reparam-runtime-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** y = x + [1, 2], z = −x. */
function twoOutputs(): Model {
  const b = new GraphBuilder();
  const x = b.input('x', ['N', 2]);
  const y = b.op('Add', [x, b.floats([2], [1, 2])], {}, { name: 'y' });
  const z = b.op('Neg', [x], {}, { name: 'z' });
  y.type = { dtype: 'float32', shape: ['N', 2] };
  z.type = { dtype: 'float32', shape: ['N', 2] };
  b.output(y);
  b.output(z);
  return b.model();
}

function identity(dtype: DataType): Model {
  const b = new GraphBuilder();
  const y = b.op('Identity', [b.input('x', [null], dtype)], {}, { name: 'y' });
  y.type = { dtype, shape: [null] };
  b.output(y);
  return b.model();
}

const feeds = new Map([['x', Tensor.fromNumbers('float32', [1, 2], [3, 4])]]);

async function failure(promise: Promise<unknown>): Promise<ReparamError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ReparamError)) throw new Error(`not a ReparamError: ${error}`);
  return error;
}

describe('openSession', () => {
  it('runs a model, its bytes and its file alike', async () => {
    const path = join(folder, 'two.onnx');
    const bytes = encodeModel(twoOutputs());
    await writeFile(path, bytes);
    for (const source of [twoOutputs(), bytes, { path }]) {
      const outputs = await runModel(source, feeds);
      expect([...outputs.keys()]).toEqual(['y_output', 'z_output']);
      expect(outputs.get('y_output')?.toNumbers()).toEqual(Float64Array.of(4, 6));
      expect(outputs.get('z_output')?.toNumbers()).toEqual(Float64Array.of(-3, -4));
    }
  });

  it('describes inputs and outputs', async () => {
    const session = await openSession(twoOutputs());
    expect(session.inputNames).toEqual(['x']);
    expect(session.inputs).toEqual([{ name: 'x', type: { dtype: 'float32', shape: ['N', 2] } }]);
    expect(session.outputNames).toEqual(['y_output', 'z_output']);
    expect(session.outputs[1]?.type).toEqual({ dtype: 'float32', shape: ['N', 2] });
    await session.release();
    const open = await openSession(identity('float32'));
    expect(open.inputs[0]?.type?.shape).toEqual([null]);
    await open.release();
  });

  it('fetches what is asked for, in that order', async () => {
    const session = await openSession(twoOutputs());
    const all = await session.run(feeds, ['z_output', 'y_output']);
    expect([...all.keys()]).toEqual(['z_output', 'y_output']);
    const one = await session.run(feeds, ['z_output']);
    expect([...one.keys()]).toEqual(['z_output']);
    await session.release();
  });

  it.each(['disabled', 'basic', 'extended', 'all'] as const)(
    'runs with optimization %s and one thread',
    async (optimization) => {
      const outputs = await runModel(twoOutputs(), feeds, { optimization, threads: 1 });
      expect(outputs.get('y_output')?.toNumbers()).toEqual(Float64Array.of(4, 6));
    },
  );
});

describe('tensors', () => {
  it.each([
    ['float32', [1.5, -2, Number.NaN, Number.NEGATIVE_INFINITY]],
    ['float64', [1.5, -2e300, 0, 2 ** -1074]],
    ['float16', [1.5, -2, 65504, 2 ** -24]],
    ['int8', [-128, 127]],
    ['uint8', [0, 255]],
    ['int16', [-32768, 32767]],
    ['uint16', [0, 65535]],
    ['int32', [-(2 ** 31), 2 ** 31 - 1]],
    ['uint32', [0, 2 ** 32 - 1]],
    ['int64', [-(2 ** 53), 2 ** 53]],
    ['uint64', [0, 2 ** 53]],
    ['bool', [0, 1, 1]],
  ] as const)('of type %s go through unchanged', async (dtype, values) => {
    const tensor = Tensor.fromNumbers(dtype, [values.length], values);
    const y = (await runModel(identity(dtype), new Map([['x', tensor]]))).get('y_output');
    expect(y?.dtype).toBe(dtype);
    expect(y?.dims).toEqual([values.length]);
    expect(y?.bytes).toEqual(tensor.bytes);
  });

  it('of strings go through unchanged', async () => {
    const words = ['', 'a', 'ß→€'].map((word) => new TextEncoder().encode(word));
    const tensor = new Tensor('string', [3], words);
    const y = (await runModel(identity('string'), new Map([['x', tensor]]))).get('y_output');
    expect(y?.strings).toEqual(words);
  });

  it('without elements go through', async () => {
    const tensor = Tensor.fromNumbers('float32', [0], []);
    const y = (await runModel(identity('float32'), new Map([['x', tensor]]))).get('y_output');
    expect(y?.dims).toEqual([0]);
  });

  it('may lie at any address', async () => {
    const shifted = new Uint8Array(17);
    shifted.set(Tensor.fromNumbers('float64', [2], [1, 2]).bytes, 1);
    const tensor = new Tensor('float64', [2], shifted.subarray(1));
    const y = (await runModel(identity('float64'), new Map([['x', tensor]]))).get('y_output');
    expect(y?.toNumbers()).toEqual(Float64Array.of(1, 2));
  });

  it('of a type that onnxruntime-node does not take are named', async () => {
    const tensor = Tensor.fromNumbers('bfloat16', [1], [1]);
    const error = await failure(runModel(identity('float32'), new Map([['x', tensor]])));
    expect(error).toBeInstanceOf(UnrunnableError);
    expect(error.message).toBe('onnxruntime-node takes no bfloat16 tensors');
  });
});

it('refuses to fetch a type whose tensors would abort the process', async () => {
  const b = new GraphBuilder();
  const y = b.op('Cast', [b.input('x', [2])], { to: 22 });
  y.type = { dtype: 'int4', shape: [2] };
  b.output(y);
  const feeds = new Map([['x', Tensor.fromNumbers('float32', [2], [1, 2])]]);
  const error = await failure(runModel(b.model(21), feeds));
  expect(error.message).toBe("onnxruntime-node returns no int4 tensors ('cast_output')");
});

describe('failures', () => {
  it.each([
    ['a file that is missing', { path: '/nowhere/model.onnx' }, 'no such file'],
    ['a folder', { path: tmpdir() }, 'is not a file'],
    ['another format', new TextEncoder().encode('hello'), 'the model is not a readable ONNX model'],
    ['no bytes', new Uint8Array(), 'the model is not a readable ONNX model'],
    ['a truncated model', encodeModel(twoOutputs()).subarray(0, 60), 'not a readable ONNX model'],
  ])('%s is bad input', async (_, source, message) => {
    const error = await failure(openSession(source));
    expect(error).not.toBeInstanceOf(UnrunnableError);
    expect(error.code).toBe('input');
    expect(error.message).toContain(message);
  });

  it.each([
    ['operator', '', 'NoSuchOp'],
    ['domain', 'example.org', 'NoSuchOp'],
  ])('an unknown %s is unrunnable', async (_, domain, message) => {
    const b = new GraphBuilder();
    b.output(b.op('NoSuchOp', [b.input('x', [1])], {}, { domain }));
    const model = b.model();
    model.opsets.set(domain, domain === '' ? 17 : 1);
    const error = await failure(openSession(model));
    expect(error).toBeInstanceOf(UnrunnableError);
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^onnxruntime cannot open the model: \S.*[^.:]$/);
  });

  it.each([
    ['a missing input', new Map()],
    ['another rank', new Map([['x', Tensor.fromNumbers('float32', [2], [3, 4])]])],
    ['another length', new Map([['x', Tensor.fromNumbers('float32', [1, 3], [3, 4, 5])]])],
    ['another type', new Map([['x', Tensor.fromNumbers('int32', [1, 2], [3, 4])]])],
  ])('%s is told in one line', async (_, wrong) => {
    const error = await failure(runModel(twoOutputs(), wrong));
    expect(error).toBeInstanceOf(UnrunnableError);
    expect(error.message).toMatch(/^onnxruntime cannot run the model: .*[^.]$/);
  });

  it('a released session does not run', async () => {
    const session = await openSession(twoOutputs());
    await session.release();
    await failure(session.run(feeds));
  });
});
