import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { mergeFile } from '../../cli/merge-file.js';
import type { MergeResult } from '../../src/merge/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { branchedModel, writeModel } from './models.js';

const tamper = vi.hoisted(() => ({ with: (_: MergeResult): void => undefined }));

vi.mock('../../src/merge/index.js', async (original) => {
  const merge = await original<typeof import('../../src/merge/index.js')>();
  return {
    ...merge,
    applyMerge: async (...args: Parameters<typeof merge.applyMerge>) => {
      const result = await merge.applyMerge(...args);
      tamper.with(result);
      return result;
    },
  };
});

const options = {
  objective: 'macs',
  only: [],
  skip: [],
  externalData: false,
  createFolder: false,
  verify: true,
  strict: false,
  onProgress: () => undefined,
} as const;

let folder = '';
const at = (name: string) => join(folder, name);
const merge = () =>
  mergeFile(at('in.onnx'), at('out.onnx'), { ...options, certificate: at('proof.json') });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'reparam-merge-file-'));
  writeModel(at('in.onnx'), branchedModel());
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('writes what it has verified', async () => {
  tamper.with = () => undefined;
  expect(await merge()).toMatchObject({ merged: ['R1'], verification: { status: 'equal' } });
  expect(readdirSync(folder).sort()).toEqual(['in.onnx', 'out.onnx', 'proof.json']);
});

it('leaves nothing behind when the merged model is another function', async () => {
  tamper.with = ({ model }) => {
    const [weight] = model.graph.initializers;
    if (!weight?.constant) throw new Error('no weight to change');
    const { dtype, dims } = weight.constant;
    const values = weight.constant.toNumbers();
    values[0] = (values[0] ?? 0) + 1e-3;
    weight.constant = Tensor.fromNumbers(dtype, dims, values);
  };
  await expect(merge()).rejects.toMatchObject({
    code: 'check',
    message: 'the merged model could not be verified against the input: their outputs differ',
  });
  expect(readdirSync(folder)).toEqual(['in.onnx']);
});
