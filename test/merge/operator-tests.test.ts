import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GraphBuilder, type Model } from '../../src/ir/index.js';
import { applyMerge, planMerge } from '../../src/merge/index.js';
import { decodeTensor } from '../../src/onnx/decode-tensor.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { readMessage } from '../../src/onnx/wire.js';
import { compareModels } from '../../src/verify/index.js';
import { unpack } from '../ir/shapes/shared.js';

const archive = unpack('data/onnx-node-tests.tar.xz');
afterAll(() => archive?.remove());

/** Makes every input but the first a constant, as an exporter would write weights. */
function withConstants(folder: string, bytes: Uint8Array): Model {
  const model = decodeModel(bytes);
  for (const [i, input] of model.graph.inputs.entries()) {
    const file = join(folder, 'test_data_set_0', `input_${i}.pb`);
    if (i === 0 || !input.type || !existsSync(file)) continue;
    input.constant = decodeTensor(readMessage('TensorProto', readFileSync(file)), file);
    if (input.constant) model.graph.initializers.add(input);
  }
  return model;
}

/** Lets a depthwise 1×1 Conv follow, with which the operator merges if it is linear. */
function withConv(model: Model): Model {
  const { graph } = model;
  const [output] = graph.outputs;
  const channels = output?.type?.shape?.[1];
  const rank = output?.type?.shape?.length ?? 0;
  if (!model.opsets.has('') || output?.type?.dtype !== 'float32') return model;
  if (typeof channels !== 'number' || rank < 3) return model;
  const dims = [channels, 1, ...Array<number>(rank - 2).fill(1)];
  const b = new GraphBuilder(graph);
  const scale = b.floats(dims, Array<number>(channels).fill(0.5), 'test_scale');
  const scaled = b.op('Conv', [output, scale], { group: channels }, { name: 'test_conv' });
  graph.outputs.length = 0;
  output.outputOf.delete(graph);
  graph.addOutput(scaled);
  scaled.type = output.type;
  return model;
}

/** What became of a model: how many regions were merged, or null when onnxruntime cannot run it. */
async function merge(bytes: Uint8Array): Promise<number | null> {
  const model = decodeModel(bytes);
  const { regions, refused } = await applyMerge(await planMerge(model, { objective: 'nodes' }));
  expect(refused).toEqual([]);
  if (regions.length === 0) return 0;
  const report = await compareModels(bytes, model, { kinds: ['normal', 'borders'] });
  if (report.status === 'unrunnable') return null;
  expect(report.status).toBe('equal');
  return regions.length;
}

describe('the operator tests of ONNX', () => {
  it('merge to the same function, their weights as inputs and as constants', async ({ skip }) => {
    if (archive === null) return skip('the archive of operator tests is not here');
    const root = join(archive.path, 'onnx-node-tests/onnx/backend/test/data/node');
    let merged = 0;
    for (const name of readdirSync(root)) {
      const folder = join(root, name);
      const bytes = readFileSync(join(folder, 'model.onnx'));
      await merge(bytes);
      const followed = encodeModel(withConv(withConstants(folder, bytes)));
      merged += (await merge(followed)) ?? 0;
    }
    expect(merged).toBeGreaterThan(40);
  }, 300_000);
});
