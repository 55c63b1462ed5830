import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { BenchReport } from '../../src/timing/index.js';
import { type BuiltCli, buildCli } from './cli.js';
import { branchedModel, foreignModel, plainModel, writeModel } from './models.js';

let cli: BuiltCli;
let cwd = '';
const bench = (...args: string[]) => cli.run(['bench', ...args], { cwd });

beforeAll(() => {
  cli = buildCli();
  cwd = mkdtempSync(join(tmpdir(), 'reparam-bench-'));
  const fixed = plainModel();
  const [input] = fixed.graph.inputs;
  if (input) input.type = { dtype: 'float32', shape: [1, 4, 8, 8] };
  writeModel(join(cwd, 'plain.onnx'), plainModel());
  writeModel(join(cwd, 'branched.onnx'), branchedModel());
  writeModel(join(cwd, 'fixed.onnx'), fixed);
  writeModel(join(cwd, 'foreign.onnx'), foreignModel());
  writeFileSync(join(cwd, 'text.onnx'), 'not a model');
});

afterAll(() => {
  cli.remove();
  rmSync(cwd, { recursive: true, force: true });
});

it('shows one model', async () => {
  const { status, stdout, stderr } = await bench('plain.onnx', '--runs', '5', '--batch', '1,3');
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^plain\.onnx +cpu +1x4x8x8 +\S+ ms +.* +5 +\S.*\/s/m);
  expect(stdout).toMatch(/^plain\.onnx +cpu +3x4x8x8 /m);
  expect(stdout).not.toContain('of the time of A');
});

it('compares two models, with the memory of each in a process of its own', async () => {
  const { status, stdout } = await bench('branched.onnx', 'branched.onnx', '--runs', '6', '--json');
  expect(status).toBe(0);
  const { cases } = JSON.parse(stdout) as BenchReport;
  const [only] = cases;
  const [low, high] = only?.ratio?.interval ?? [1, 0];
  expect(low).toBeLessThanOrEqual(high);
  expect([only?.a.alone, only?.b?.alone]).toEqual([true, true]);
  expect(only?.b?.run.count).toBe(6);
  expect(only?.a.memory?.total).toBeGreaterThan(20e6);
  expect(only?.a.memory?.total).toBeGreaterThan(only?.a.memory?.model ?? Number.POSITIVE_INFINITY);
  expect((await bench('plain.onnx', 'plain.onnx', '--runs', '6')).stdout).toMatch(
    /^on cpu at \S+: B takes \d\.\d\d of the time of A \(\d\.\d\d – \d+\.\d\d, 6 pairs\): /m,
  );
});

it('judges by no fewer pairs than an interval needs', async () => {
  const args = ['branched.onnx', 'branched.onnx', '--runs', '1', '--no-memory'];
  const { stdout } = await bench(...args);
  expect(stdout).toMatch(/B takes \S+ of the time of A \(1 pair\): too few to tell a difference$/m);
  expect(stdout).toContain('note: both models start in one process');
});

it('runs each batch once, for less than a second if asked', async () => {
  const args = ['--batch', '1,3,1', '--time', '0.01', '--no-memory', '--json'];
  const { status, stdout } = await bench('plain.onnx', ...args);
  expect(status).toBe(0);
  const { cases } = JSON.parse(stdout) as BenchReport;
  expect(cases.map(({ dims }) => dims.x)).toEqual([
    [1, 4, 8, 8],
    [3, 4, 8, 8],
  ]);
});

it('says how to get a device that is missing, with exit code 3', async () => {
  const elsewhere = process.platform === 'darwin' ? 'dml' : 'coreml';
  const { status, stdout, stderr } = await bench('plain.onnx', '--device', elsewhere);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: \S+ does not work here: [^\n]+\nhint: [^\n]+\n$/);
  expect(status).toBe(3);
});

it.each([
  [['missing.onnx'], 'missing.onnx'],
  [['text.onnx'], 'text.onnx'],
  [['foreign.onnx'], 'Mystery'],
  [['plain.onnx', 'text.onnx'], 'text.onnx'],
  [['fixed.onnx', '--batch', '2'], "a batch of 2 was asked for, but input 'x' always takes 1"],
  [['plain.onnx', '--batch', '0'], '1 or more'],
  [['plain.onnx', '--device', 'gpu'], "'gpu' is none of cpu"],
])('%j is answered in one sentence and exits with 2', async (args, word) => {
  const { status, stdout, stderr } = await bench(...args, '--runs', '5');
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)?$/);
  expect(stderr).toContain(word);
  expect(status).toBe(2);
});
