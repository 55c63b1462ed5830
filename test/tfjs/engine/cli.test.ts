import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { saveModel } from '../../../src/onnx/index.js';
import { type BuiltCli, buildCli } from '../../cli/cli.js';
import { smallModel } from '../../train/small-model.js';

let cli: BuiltCli;
let folder = '';
let options: string[] = [];

beforeAll(async () => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'reparam-tfjs-'));
  const model = join(folder, 'small.onnx');
  await saveModel(smallModel(3), model);
  options = ['--model', model, '--data', 'synthetic:classes=3,size=8,count=32', '--workers', '0'];
  options.push('--batch-size', '8', '--lr', '0.05', '--method', 'acb', '--seed', '2');
  options.push('--schedule', 'constant');
});

afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string): string => join(folder, name);

/** Losses of the epochs of a run, rounded. */
const losses = (run: string): string[] =>
  readFileSync(join(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind?: string; trainLoss?: number })
    .flatMap(({ trainLoss }) => (trainLoss === undefined ? [] : [trainLoss.toFixed(3)]));

test('trains, is resumed, also by the other engine, exports and verifies', async () => {
  const [run, reference] = [path('run'), path('reference')];
  const tfjs = [...options, '--engine', 'tfjs'];
  const first = await cli.run(['train', ...tfjs, '--epochs', '1', '-o', run]);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toMatch(/TensorFlow\.js 4\.\S+ computes in JavaScript/);
  const more = await cli.run(['train', '--resume', run, '--epochs', '2']);
  expect(more).toMatchObject({ status: 0, stderr: '' });
  const last = await cli.run([
    'train',
    '--resume',
    run,
    '--epochs',
    '3',
    '--engine',
    'onnxruntime',
  ]);
  expect(last).toMatchObject({ status: 0, stderr: '' });
  const other = await cli.run(['train', ...options, '--epochs', '3', '-o', reference]);
  expect(other).toMatchObject({ status: 0, stderr: '' });
  expect(losses(run)).toHaveLength(3);
  expect(losses(run)).toEqual(losses(reference));

  const [branched, merged] = [path('branched.onnx'), path('merged.onnx')];
  const kept = await cli.run(['export', run, '-o', branched, '--no-merge']);
  expect(kept).toMatchObject({ status: 0, stderr: '' });
  expect(await cli.run(['export', run, '-o', merged])).toMatchObject({ status: 0, stderr: '' });
  expect(await cli.run(['verify', branched, merged])).toMatchObject({ status: 0, stderr: '' });
});

/** Makes Node find no package of TensorFlow.js. */
const hooks = `export async function resolve(name, context, next) {
  if (!name.startsWith('@tensorflow/')) return next(name, context);
  throw Object.assign(new Error("Cannot find package '" + name + "'"), { code: 'ERR_MODULE_NOT_FOUND' });
}`;
const asUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
const register = `import { register } from 'node:module'; register(${JSON.stringify(asUrl(hooks))});`;
const without = { NODE_OPTIONS: `--import ${asUrl(register)}` };

test('without TensorFlow.js it says how to add it, and everything else works', async () => {
  const run = path('without');
  const args = ['train', ...options, '--epochs', '1'];
  const failed = await cli.run([...args, '--engine', 'tfjs', '-o', run], { env: without });
  expect(failed.status).toBe(3);
  expect(failed.stderr).toMatch(
    /^error: TensorFlow\.js is not installed\nhint: npm install @tensorflow\/tfjs-node .*\n$/,
  );
  expect(await cli.run([...args, '-o', run], { env: without })).toMatchObject({ status: 0 });
});

test('the engine chooses its device itself', async () => {
  const args = ['train', ...options, '--engine', 'tfjs', '--device', 'webgpu', '-o', path('x')];
  const { status, stderr } = await cli.run(args);
  expect(status).toBe(2);
  expect(stderr).toMatch(/'tfjs' chooses its device itself/);
});

test('reparam theorems --engine tfjs', async () => {
  const { status, stdout } = await cli.run([
    'theorems',
    '--engine',
    'tfjs',
    '--only',
    'T1',
    '--json',
  ]);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ engine: 'tfjs', results: [{ asExpected: true }] });
});
