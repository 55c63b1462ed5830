import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BuiltCli, buildCli } from '../../cli/cli.js';
import { randomize, saveLayers, stacked, tf } from './saved.js';

const l = tf.layers;
let cli: BuiltCli;
let folder = '';

beforeAll(async () => {
  cli = buildCli();
  folder = join(cli.main, '..', 'saved');
  mkdirSync(folder);
  const conv = l.conv2d({ filters: 2, kernelSize: 3, padding: 'same', strides: 2 });
  const model = stacked([8, 8, 3], conv, l.batchNormalization(), l.reLU());
  randomize(model);
  await saveLayers(model, folder);
});

afterAll(() => cli.remove());

const target = (name: string): string => join(folder, '..', name);

test('reparam import tfjs: verified, and ready for reparam merge', async () => {
  const output = target('a.onnx');
  const { status, stdout, stderr } = await cli.run(['import', 'tfjs', folder, '-o', output]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/LayersModel, 5 nodes, .* parameters/);
  expect(stdout).toMatch(/from \S+ Nx8x8x3 to \S+ Nx4x4x2/);
  expect(stdout).toMatch(/verified against @tensorflow\/tfjs 4\.\d+\.\d+ in 3 runs/);
  const merged = await cli.run(['merge', output, '-o', target('merged.onnx')]);
  expect(merged).toMatchObject({ status: 0, stderr: '' });
  expect(merged.stdout).toContain('1 region merged');
});

test('--json, --quiet, --no-verify and --input-layout', async () => {
  const output = target('b.onnx');
  const more = ['--json', '--no-verify', '--input-layout', 'nchw'];
  const { stdout } = await cli.run(['import', 'tfjs', folder, '-o', output, ...more]);
  expect(JSON.parse(stdout)).toMatchObject({
    format: 'layers-model',
    inputLayout: 'nchw',
    model: { inputs: [{ shape: ['N', 3, 8, 8] }], operators: { Conv: 1, Relu: 1 } },
    verification: null,
    notVerified: '--no-verify was given',
  });
  const quiet = await cli.run(['import', 'tfjs', folder, '-o', output, '--no-verify', '-q']);
  expect(quiet).toEqual({ status: 0, stdout: '', stderr: '' });
});

test('a failed import leaves nothing behind', async () => {
  const broken = target('broken');
  mkdirSync(broken, { recursive: true });
  const json = readFileSync(join(folder, 'model.json'), 'utf8');
  writeFileSync(join(broken, 'model.json'), json);
  const output = target('c.onnx');
  const { status, stderr } = await cli.run(['import', 'tfjs', broken, '-o', output]);
  expect(status).toBe(2);
  expect(stderr).toMatch(/cannot read the weights file .*shard1\.bin: no such file\nhint: /);
  expect(existsSync(output)).toBe(false);
  rmSync(broken, { recursive: true });

  const overwriting = await cli.run(['import', 'tfjs', folder, '-o', join(folder, 'model.json')]);
  expect(overwriting).toMatchObject({ status: 2 });
  expect(overwriting.stderr).toContain('is the input');
  expect(readdirSync(join(folder, '..')).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a model that TensorFlow.js cannot load is only imported unverified', async () => {
  const odd = target('odd');
  mkdirSync(odd, { recursive: true });
  for (const name of readdirSync(folder)) {
    writeFileSync(join(odd, name), readFileSync(join(folder, name)));
  }
  const file = join(odd, 'model.json');
  // Another weight than the layers have: TensorFlow.js refuses it.
  const json = JSON.parse(readFileSync(file, 'utf8'));
  json.weightsManifest.push({ paths: [], weights: [{ name: 'x', shape: [0], dtype: 'float32' }] });
  writeFileSync(file, JSON.stringify(json));
  const output = target('d.onnx');
  const refused = await cli.run(['import', 'tfjs', odd, '-o', output]);
  expect(refused.status).toBe(1);
  expect(refused.stderr).toMatch(
    /TensorFlow\.js itself cannot load the model: .*\nhint: .*--no-verify/,
  );
  expect(existsSync(output)).toBe(false);
  const kept = await cli.run(['import', 'tfjs', odd, '-o', output, '--no-verify']);
  expect(kept.status).toBe(0);
});
