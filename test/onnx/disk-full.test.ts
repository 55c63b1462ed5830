import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { GraphBuilder } from '../../src/ir/index.js';
import { saveModel } from '../../src/onnx/index.js';
import { Tensor } from '../../src/tensor/index.js';

let filesThatFit = 0;

vi.mock('node:fs/promises', async (importOriginal) => {
  const original = await importOriginal<typeof import('node:fs/promises')>();
  const writeFile: typeof original.writeFile = async (path, data, options) => {
    if (filesThatFit-- > 0) return original.writeFile(path, data, options);
    await original.writeFile(path, 'half', options);
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  };
  return { ...original, writeFile };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'onnx-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  ['the data', 0],
  ['the model', 1],
])('when %s does not fit on the disk, all stays as it was', async (_, fit) => {
  const b = new GraphBuilder();
  b.output(b.op('F', [b.constant(new Tensor('uint8', [2000], new Uint8Array(2000)))]));
  const path = join(folder, 'm.onnx');
  writeFileSync(path, 'old model');
  writeFileSync(`${path}.data`, 'old data');
  filesThatFit = fit;
  await expect(saveModel(b.model(), path, { externalData: true })).rejects.toMatchObject({
    code: 'environment',
    message: `cannot write ${path}: the disk is full`,
  });
  expect(readdirSync(folder).sort()).toEqual(['m.onnx', 'm.onnx.data']);
  expect(readFileSync(path, 'utf8')).toBe('old model');
  expect(readFileSync(`${path}.data`, 'utf8')).toBe('old data');
});
