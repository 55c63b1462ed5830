import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReparamError } from '../../src/errors.js';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { decodeModel, loadModel, saveModel } from '../../src/onnx/index.js';
import { numberToInt64 } from '../../src/onnx/numbers.js';
import type { TensorProto } from '../../src/onnx/schema.js';
import { entry, modelBytes, weightGraph } from './protos.js';

let folder: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'onnx-')));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const at = (...parts: string[]): string => join(folder, ...parts);

function small(): Model {
  const b = new GraphBuilder();
  b.output(b.op('Add', [b.input('x', [1]), b.floats([1], [1])]));
  return b.model();
}

/** Bytes of the file `w.bin`. */
const reference = (bytes: number): TensorProto => ({
  name: 'w',
  data_type: 2,
  dims: [numberToInt64(bytes)],
  data_location: 1,
  external_data: [entry('location', 'w.bin')],
});

async function failure(promise: Promise<unknown>): Promise<ReparamError> {
  const error = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ReparamError);
  return error as ReparamError;
}

const isRoot = process.getuid?.() === 0;

describe('loadModel', () => {
  it('reads what saveModel wrote', async () => {
    await saveModel(small(), at('m.onnx'));
    const model = await loadModel(at('m.onnx'));
    expect(model.graph.nodes[0]?.opType).toBe('Add');
  });

  it('names a file that is not there, a folder, and one that is no model', async () => {
    expect((await failure(loadModel(at('none.onnx')))).message).toBe(
      `cannot read ${at('none.onnx')}: no such file or folder`,
    );
    expect((await failure(loadModel(folder))).message).toBe(
      `cannot read ${folder}: it is not a file`,
    );
    writeFileSync(at('a.onnx'), 'hello');
    expect((await failure(loadModel(at('a.onnx')))).message).toBe(
      `${at('a.onnx')} is a text file, not an ONNX model`,
    );
  });

  it('refuses more than 2 GiB before reading', async () => {
    writeFileSync(at('huge.onnx'), '');
    truncateSync(at('huge.onnx'), 2 ** 31);
    expect((await failure(loadModel(at('huge.onnx')))).message).toContain('is larger than 2 GiB');
  });
});

describe('saveModel', () => {
  it('leaves nothing but the model', async () => {
    writeFileSync(at('m.onnx'), 'old');
    const { bytes } = await saveModel(small(), at('m.onnx'));
    expect(readdirSync(folder)).toEqual(['m.onnx']);
    expect(readFileSync(at('m.onnx')).length).toBe(bytes);
  });

  it('a failure half way leaves the old file and no other', async () => {
    writeFileSync(at('m.onnx'), 'old');
    writeFileSync(at('w.bin'), new Uint8Array(2000));
    writeFileSync(at('source.onnx'), modelBytes(weightGraph(reference(2000))));
    const model = await loadModel(at('source.onnx'));
    writeFileSync(at('w.bin'), new Uint8Array(10));
    const error = await failure(saveModel(model, at('m.onnx')));
    expect(error.message).toContain("the external data file 'w.bin' has changed");
    expect(readFileSync(at('m.onnx'), 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['m.onnx', 'source.onnx', 'w.bin']);
  });

  it.skipIf(!existsSync('/dev/full'))('does not replace a device', async () => {
    const error = await failure(saveModel(small(), '/dev/full'));
    expect(error.message).toBe('cannot write /dev/full: it exists and is not a regular file');
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
  });

  it('says why it cannot write', async () => {
    const missing = await failure(saveModel(small(), at('none', 'm.onnx')));
    expect(missing.message).toBe(
      `cannot write ${at('none', 'm.onnx')}: the folder ${at('none')} does not exist`,
    );
    expect(missing.code).toBe('usage');
    const isFolder = await failure(saveModel(small(), folder));
    expect(isFolder.message).toContain('it exists and is not a regular file');
    writeFileSync(at('file'), '');
    expect((await failure(saveModel(small(), at('file', 'm.onnx')))).message).toContain(
      'is not a folder',
    );
  });

  it.skipIf(isRoot)('says that it may not write (skipped for root, who may)', async () => {
    mkdirSync(at('locked'));
    chmodSync(at('locked'), 0o500);
    const error = await failure(saveModel(small(), at('locked', 'm.onnx')));
    chmodSync(at('locked'), 0o700);
    expect(error.message).toContain('permission denied');
  });

  it('writes through a link', async () => {
    writeFileSync(at('real.onnx'), 'old');
    symlinkSync('real.onnx', at('link.onnx'));
    await saveModel(small(), at('link.onnx'));
    expect(lstatSync(at('link.onnx')).isSymbolicLink()).toBe(true);
    expect(decodeModel(readFileSync(at('real.onnx'))).graph.nodes).toHaveLength(1);
  });

  it('refuses to embed more than 2 GiB, and says what to do', async () => {
    writeFileSync(at('w.bin'), '');
    truncateSync(at('w.bin'), 2 ** 31);
    writeFileSync(at('source.onnx'), modelBytes(weightGraph(reference(2 ** 31))));
    const model = await loadModel(at('source.onnx'));
    const error = await failure(saveModel(model, at('m.onnx'), { externalData: false }));
    expect(error.message).toContain('the model is larger than 2 GiB');
    expect(error.hint).toContain('external data');
  });
});
