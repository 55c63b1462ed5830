import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { openOutline } from '../../src/onnx/external-data.js';
import {
  decodeModel,
  encodeModel,
  filesReadBy,
  loadModel,
  saveModel,
} from '../../src/onnx/index.js';
import { normal } from '../../src/tensor/index.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'onnx-')));
  path = join(folder, 'model.onnx');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A chain of matrix products, one of them too small to be left in the file. */
function chain(widths: readonly number[]): Model {
  const b = new GraphBuilder();
  const random = normal(1);
  let x = b.input('x', [1, widths[0] as number]);
  for (let i = 1; i < widths.length; i++) {
    const dims = [widths[i - 1] as number, widths[i] as number];
    const values = Float32Array.from({ length: dims[0]! * dims[1]! }, random);
    x = b.op('MatMul', [x, b.floats(dims, values, `w${i}`)]);
  }
  b.output(x);
  return b.model();
}

const bytes = encodeModel(chain([4, 200, 300, 100, 7]));

function outlined(): Model {
  const outline = openOutline(path);
  if (!outline) throw new Error('it has no outline');
  expect(outline.bytes.length).toBeLessThan(bytes.length / 10);
  return decodeModel(outline.bytes, { external: outline.reader });
}

const weights = (model: Model) => [...model.graph.initializers].map(({ constant }) => constant);

describe('a file whose large weights are not loaded', () => {
  beforeEach(() => writeFileSync(path, bytes));

  it('holds the same model', () => {
    const model = outlined();
    const whole = decodeModel(bytes);
    expect(weights(model).map((w) => w?.toNumbers())).toEqual(
      weights(whole).map((w) => w?.toNumbers()),
    );
    expect(encodeModel(model)).toEqual(bytes);
  });

  it('is read as a whole when it has no large weights', () => {
    writeFileSync(path, encodeModel(chain([4, 5, 6])));
    expect(openOutline(path)).toBeNull();
  });

  it.each([
    ['is cut off within a weight', () => truncateSync(path, bytes.length - 50_000)],
    ['ends with something else', () => appendFileSync(path, Buffer.from([0xff, 0xff, 0xff]))],
    ['holds groups', () => appendFileSync(path, Buffer.from([0xfb, 0x7f]))],
  ])('is read as a whole when it %s', (_, damage) => {
    damage();
    expect(openOutline(path)).toBeNull();
  });

  it('must not change while it is in use', () => {
    const model = outlined();
    utimesSync(path, 1, 1);
    expect(() => encodeModel(model)).toThrow("the model's file has changed since");
  });
});

describe('a file of more than 64 MiB', () => {
  const large = chain([8, 4096, 4300, 8]);

  it('is loaded, saved over itself and saved elsewhere', async () => {
    await saveModel(large, path);
    const model = await loadModel(path);
    expect(filesReadBy(model).size).toBe(0);
    const copy = join(folder, 'copy.onnx');
    expect(await saveModel(model, copy)).toMatchObject({ externalBytes: 0 });
    expect(readFileSync(copy).equals(readFileSync(path))).toBe(true);
    await saveModel(model, path);
    expect(readFileSync(copy).equals(readFileSync(path))).toBe(true);
  });

  it('says what is wrong with it as a small one does', async () => {
    await saveModel(large, path);
    truncateSync(path, 2 ** 26 + 5);
    await expect(loadModel(path)).rejects.toThrow(`${path} is truncated, or not an ONNX model`);
  });
});
