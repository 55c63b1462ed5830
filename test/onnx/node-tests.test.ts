import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ReparamError } from '../../src/errors.js';
import { type Model, printGraph } from '../../src/ir/index.js';
import { decodeTensor } from '../../src/onnx/decode-tensor.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { readMessage } from '../../src/onnx/wire.js';
import { runModel } from '../../src/runtime/index.js';
import type { Tensor } from '../../src/tensor/index.js';
import { sharedFolder, unpack } from '../ir/shapes/shared.js';
import { rebuild } from './rebuild.js';

const given = process.env.ONNX_NODE_TESTS;
const archive = given === undefined ? unpack('data/onnx-node-tests.tar.xz') : null;
afterAll(() => archive?.remove());

function nodeTests(): string[] {
  const root = given ?? (archive && join(archive.path, 'onnx-node-tests'));
  if (root === null) return [];
  const folder = join(root, 'onnx/backend/test/data/node');
  return readdirSync(folder).map((name) => join(folder, name));
}

function corpus(): string[] {
  const folder = join(sharedFolder, 'corpus');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.onnx'))
    .map((name) => join(folder, name));
}

const tests = nodeTests();
const models = corpus();

function changedFiles(files: readonly string[]): string[] {
  return files.filter((file) => {
    const bytes = readFileSync(file);
    return Buffer.compare(encodeModel(decodeModel(bytes)), bytes) !== 0;
  });
}

/** Inputs of the first data set, or null when one is no tensor. */
function feedsOf(test: string, model: Model): Map<string, Tensor> | null {
  const feeds = new Map<string, Tensor>();
  for (const [i, { name, type }] of model.graph.inputs.entries()) {
    const file = join(test, 'test_data_set_0', `input_${i}.pb`);
    if (!existsSync(file)) continue;
    const tensor = type && decodeTensor(readMessage('TensorProto', readFileSync(file)), file);
    if (!tensor) return null;
    feeds.set(name, tensor);
  }
  return feeds;
}

/** Outputs as plain data, or the message of the refusal. */
async function run(bytes: Uint8Array, feeds: ReadonlyMap<string, Tensor>): Promise<unknown> {
  try {
    const outputs = await runModel(bytes, feeds, { optimization: 'disabled', threads: 1 });
    return [...outputs].map(([name, tensor]) => [
      name,
      tensor.dtype,
      tensor.dims,
      (tensor.dtype === 'string' ? tensor.strings : [tensor.bytes]).map((data) =>
        Buffer.from(data).toString('base64'),
      ),
    ]);
  } catch (error) {
    if (!(error instanceof ReparamError)) throw error;
    return error.message;
  }
}

/** Sequences and optionals cannot be rebuilt: the IR does not describe them. */
const isDescribed = ({ graph }: Model): boolean => graph.inputs.every(({ type }) => type !== null);

describe.skipIf(tests.length === 0)(
  'operator tests of the ONNX project (skipped without them)',
  () => {
    it('come back to the byte', () => {
      expect(tests.length).toBeGreaterThan(1800);
      expect(changedFiles(tests.map((test) => join(test, 'model.onnx')))).toEqual([]);
    });

    it('give the same outputs to the bit when they are written without the help of the original', async () => {
      const count = { same: 0, refusedAlike: 0, skipped: 0 };
      const different: unknown[] = [];
      for (const test of tests) {
        const bytes = readFileSync(join(test, 'model.onnx'));
        const model = decodeModel(bytes);
        const feeds = isDescribed(model) ? feedsOf(test, model) : null;
        if (feeds === null) {
          count.skipped++;
          continue;
        }
        const expected = await run(bytes, feeds);
        const actual = await run(encodeModel(rebuild(model)), feeds);
        if (JSON.stringify(actual) !== JSON.stringify(expected)) {
          different.push([test, expected, actual]);
        } else count[typeof expected === 'string' ? 'refusedAlike' : 'same']++;
      }
      expect(different).toEqual([]);
      expect(count.same).toBeGreaterThan(1500);
      expect(count.skipped).toBeLessThan(30);
    }, 300_000);
  },
);

describe.skipIf(models.length === 0)('exported networks (skipped without ../shared)', () => {
  it('come back to the byte', () => {
    expect(changedFiles(models)).toEqual([]);
  });

  it('read the same when they are written without the help of the original', () => {
    for (const file of models) {
      const model = decodeModel(readFileSync(file));
      expect(printGraph(decodeModel(encodeModel(rebuild(model))))).toBe(printGraph(model));
    }
  });
});
