import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Model } from '../../src/ir/index.js';
import { decodeModel, encodeModel, loadModel, saveModel } from '../../src/onnx/index.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import type { GraphProto, TensorProto } from '../../src/onnx/schema.js';
import { byteLength } from '../../src/tensor/index.js';
import {
  entry,
  modelBytes,
  node,
  parseModel,
  rawTensor,
  reluGraph,
  valueInfo,
  weightGraph,
} from './protos.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'onnx-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...parts: string[]): string => join(folder, ...parts);

/** A float tensor of three elements that lies elsewhere. */
const reference = (entries: Record<string, string>, rest: TensorProto = {}): TensorProto => ({
  name: 'w',
  data_type: 1,
  dims: [numberToInt64(3)],
  data_location: 1,
  external_data: Object.entries(entries).map(([key, value]) => entry(key, value)),
  ...rest,
});

const values = [1, 2, 3];
const data = Buffer.concat([Buffer.alloc(8, 0xaa), Buffer.from(Float32Array.from(values).buffer)]);

function writeModel(tensor: TensorProto, path = at('model.onnx')): string {
  writeFileSync(path, modelBytes(weightGraph(tensor)));
  return path;
}

const weightOf = (model: Model) => [...model.graph.initializers][0]?.constant;
const numbersOf = (model: Model): number[] => [...(weightOf(model)?.toNumbers() ?? [])];

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'no error',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe('reading', () => {
  it.each([
    ['an offset and a length', { location: 'w.bin', offset: '8', length: '12' }],
    ['an offset alone', { location: 'w.bin', offset: '8' }],
    ['a folder', { location: 'weights/w.bin', offset: '8', checksum: 'ignored' }],
    ['a name with dots', { location: './weights/..w.bin', offset: '8' }],
  ])('%s', async (_, entries) => {
    mkdirSync(at('weights'));
    for (const name of ['w.bin', 'weights/w.bin', 'weights/..w.bin']) writeFileSync(at(name), data);
    expect(numbersOf(await loadModel(writeModel(reference(entries))))).toEqual(values);
  });

  it('is lazy: nothing is kept, and a file that changed is not mistaken for the old one', async () => {
    writeFileSync(at('w.bin'), data);
    const model = await loadModel(writeModel(reference({ location: 'w.bin', offset: '8' })));
    const weight = weightOf(model);
    expect(weight?.bytes).not.toBe(weight?.bytes);
    utimesSync(at('w.bin'), 1, 1);
    expect(() => weight?.bytes).toThrow(
      "the external data file 'w.bin' has changed since the model was loaded",
    );
    rmSync(at('w.bin'));
    expect(() => weight?.bytes).toThrow("the external data file 'w.bin' cannot be read");
  });

  it('from bytes alone the weights cannot be read, but pass through', () => {
    const bytes = modelBytes(weightGraph(reference({ location: 'w.bin' })));
    const model = decodeModel(bytes);
    expect(() => weightOf(model)?.bytes).toThrow(
      "the data of initializer 'w' lies in an external file",
    );
    expect(Buffer.compare(encodeModel(model), bytes)).toBe(0);
  });

  it('follows a link to the model and to its data, as model caches have them', async () => {
    mkdirSync(at('blobs'));
    mkdirSync(at('snapshot'));
    writeFileSync(at('blobs', '123'), data);
    writeModel(reference({ location: 'w.bin', offset: '8' }), at('blobs', '456'));
    symlinkSync('../blobs/456', at('snapshot', 'model.onnx'));
    symlinkSync('../blobs/123', at('snapshot', 'w.bin'));
    expect(numbersOf(await loadModel(at('snapshot', 'model.onnx')))).toEqual(values);
  });
});

describe('what is refused', () => {
  const outside = "lies outside the model's folder";
  const link = "is a link that leads out of the model's folder";

  it.each([
    ['../secret', outside],
    ['a/../../secret', outside],
    ['a\\..\\..\\secret', outside],
    ['/etc/passwd', outside],
    ['C:\\secret', outside],
    ['\\\\server\\share', outside],
    ['w.bin\0', outside],
    ['link', link],
    ['linked-folder/secret', link],
    ['no-such-file', 'is missing in'],
    ['loop', 'is missing in'],
    ['folder', 'is not a file'],
    ['.', link],
    ['short', 'is too short: bytes 0 to 12 of 11 are asked for'],
  ])('the location %j', async (location, message) => {
    mkdirSync(at('models'));
    writeFileSync(at('secret'), data);
    mkdirSync(at('models', 'folder'));
    symlinkSync('../secret', at('models', 'link'));
    symlinkSync('..', at('models', 'linked-folder'));
    symlinkSync('loop', at('models', 'loop'));
    writeFileSync(at('models', 'short'), Buffer.alloc(11));
    const path = writeModel(reference({ location }), at('models', 'model.onnx'));
    const text = await messageOf(loadModel(path));
    expect(text).toContain(`ReparamError: the external data file '${location}' ${message}`);
  });

  it.each([
    ['an offset behind the end', { offset: '100' }, 'is too short'],
    ['a negative offset', { offset: '-1' }, "has the offset '-1', which is no number of bytes"],
    ['an offset that is no number', { offset: '0x1' }, "has the offset '0x1'"],
    ['a huge offset', { offset: '99999999999999999999' }, 'which is no number of bytes'],
    [
      'a length that is not that of the dims',
      { length: '8' },
      'is 8 bytes long, but its dims need 12',
    ],
    ['no location', { location: '' }, 'names no file'],
  ])('%s', async (_, entries, message) => {
    writeFileSync(at('w.bin'), data);
    const path = writeModel(reference({ location: 'w.bin', ...entries }));
    expect(await messageOf(loadModel(path))).toContain(message);
  });

  it('dims that claim more than the file has, without reading anything', async () => {
    writeFileSync(at('w.bin'), data);
    const huge = { dims: [numberToInt64(2 ** 40)] };
    const path = writeModel(reference({ location: 'w.bin' }, huge));
    expect(await messageOf(loadModel(path))).toContain(
      'is too short: bytes 0 to 4398046511104 of 20',
    );
  });

  it('the same inside functions and attributes', async () => {
    const t = reference({ location: '../secret' }, { name: '' });
    const constant = node('Constant', [], ['c'], { attribute: [{ name: 'value', type: 4, t }] });
    const inFunction = modelBytes(reluGraph(), { functions: [{ name: 'F', node: [constant] }] });
    const inNode = modelBytes(reluGraph({ node: [constant, node('Add', ['x', 'c'], ['y'])] }));
    for (const bytes of [inFunction, inNode]) {
      writeFileSync(at('model.onnx'), bytes);
      expect(await messageOf(loadModel(at('model.onnx')))).toContain(outside);
    }
  });

  it('strings', async () => {
    writeFileSync(at('w.bin'), data);
    const path = writeModel(reference({ location: 'w.bin' }, { data_type: 8 }));
    expect(await messageOf(loadModel(path))).toContain('holds strings as raw bytes');
  });
});

describe('writing', () => {
  const many = (count: number, start: number) => Array.from({ length: count }, (_, i) => start + i);
  const big = 300_000;
  const graph: GraphProto = {
    ...weightGraph(rawTensor('w', many(2, 0))),
    initializer: [
      rawTensor('w', many(2, 0)),
      rawTensor('a', many(300, 5)),
      rawTensor('big', many(big, 7)),
      {
        ...rawTensor('typed', many(256, 9)),
        raw_data: undefined,
        float_data: [rawTensor('', many(256, 9)).raw_data as Uint8Array],
      },
      {
        name: 'text',
        data_type: 8,
        dims: [numberToInt64(300)],
        string_data: Array(300).fill(Buffer.alloc(10)),
      },
    ],
    output: [valueInfo('y')],
  };
  const original = () => decodeModel(modelBytes(graph));

  function contents(model: Model): unknown[] {
    return [...model.graph.initializers].map(({ name, constant }) => [
      name,
      constant?.dtype === 'string' ? constant.strings.length : [...(constant?.toNumbers() ?? [])],
    ]);
  }

  it('embeds by default', async () => {
    const saved = await saveModel(original(), at('m.onnx'));
    expect(saved).toEqual({ bytes: statSync(at('m.onnx')).size, externalBytes: 0 });
    expect(Buffer.compare(readFileSync(at('m.onnx')), modelBytes(graph))).toBe(0);
  });

  it('puts tensors of 1 KiB and more into a file, aligned', async () => {
    const saved = await saveModel(original(), at('m.onnx'), { externalData: true });
    expect(saved.externalBytes).toBe(statSync(at('m.onnx.data')).size);
    expect(saved.bytes).toBe(statSync(at('m.onnx')).size);
    const messages = parseModel(readFileSync(at('m.onnx'))).graph?.initializer ?? [];
    expect(messages.map(({ name, data_location }) => [name, data_location])).toEqual([
      ['w', undefined],
      ['a', 1],
      ['big', 1],
      ['typed', 1],
      ['text', undefined],
    ]);
    expect(messages[1]?.external_data).toEqual([
      entry('location', 'm.onnx.data'),
      entry('offset', '0'),
      entry('length', '1200'),
    ]);
    expect(messages[2]?.external_data?.[1]).toEqual(entry('offset', '65536'));
    expect(messages[3]?.float_data).toBeUndefined();
    expect(contents(await loadModel(at('m.onnx')))).toEqual(contents(original()));
  });

  it('goes outside and back without a change', async () => {
    await saveModel(original(), at('m.onnx'), { externalData: true });
    const outside = await loadModel(at('m.onnx'));
    await saveModel(outside, at('again.onnx'));
    expect(statSync(at('again.onnx.data')).size).toBe(statSync(at('m.onnx.data')).size);
    await saveModel(await loadModel(at('again.onnx')), at('inside.onnx'), { externalData: false });
    const inside = await loadModel(at('inside.onnx'));
    expect(contents(inside)).toEqual(contents(original()));
    expect(encodeModel(outside).length).toBe(statSync(at('inside.onnx')).size);
    rmSync(at('m.onnx.data'));
    expect(contents(inside)).toEqual(contents(original()));
  });

  it('replaces a model and its data together', async () => {
    await saveModel(original(), at('m.onnx'), { externalData: true });
    const model = await loadModel(at('m.onnx'));
    await saveModel(model, at('m.onnx'));
    expect(contents(await loadModel(at('m.onnx')))).toEqual(contents(original()));
    expect(() => contents(model)).toThrow('has changed since the model was loaded');
  });

  it('does not overwrite the data of the model it came from', async () => {
    await saveModel(original(), at('m.onnx'), { externalData: true });
    const bytes = readFileSync(at('m.onnx'));
    rmSync(at('m.onnx'));
    writeFileSync(at('other.onnx'), bytes);
    const model = await loadModel(at('other.onnx'));
    expect(await messageOf(saveModel(model, at('m.onnx')))).toContain(
      'it holds the weights of the model that was loaded',
    );
    expect(contents(await loadModel(at('other.onnx')))).toEqual(contents(original()));
  });

  it('renamed weights, and those in functions and of unknown types, come along', async () => {
    const t = { ...rawTensor('', many(300, 1)), raw_data: undefined, data_location: 1 };
    const range = (offset: number) => [
      entry('location', 'w.bin'),
      entry('offset', String(offset)),
      entry('length', '1200'),
    ];
    const constant = node('Constant', [], ['c'], {
      attribute: [{ name: 'value', type: 4, t: { ...t, external_data: range(0) } }],
    });
    writeFileSync(
      at('source.onnx'),
      modelBytes(
        {
          ...weightGraph({ ...t, external_data: range(0) }),
          initializer: [
            { ...t, name: 'w', external_data: range(0) },
            { ...t, name: 'future', data_type: 99, external_data: range(1200) },
          ],
        },
        { functions: [{ name: 'F', node: [constant] }] },
      ),
    );
    const bytes = Buffer.alloc(2400, 1).fill(2, 1200);
    writeFileSync(at('w.bin'), bytes);
    const model = await loadModel(at('source.onnx'));
    for (const value of model.graph.initializers) value.name = 'renamed';
    mkdirSync(at('elsewhere'));
    await saveModel(model, at('elsewhere', 'm.onnx'));
    await loadModel(at('elsewhere', 'm.onnx'));
    const message = parseModel(encodeModel(await loadModel(at('elsewhere', 'm.onnx'))));
    const [weight, future] = message.graph?.initializer ?? [];
    const inFunction = message.functions?.[0]?.node?.[0]?.attribute?.[0]?.t;
    expect(weight).toMatchObject({ name: 'renamed', raw_data: new Uint8Array(1200).fill(1) });
    expect(future?.raw_data).toEqual(new Uint8Array(1200).fill(2));
    expect(inFunction?.raw_data).toEqual(new Uint8Array(1200).fill(1));
    expect(byteLength('float32', 300)).toBe(1200);
  });
});
