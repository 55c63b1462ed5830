import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ComparedReport } from '../../src/verify/index.js';
import { type BuiltCli, buildCli } from './cli.js';
import { branchedModel, foreignModel, plainModel, writeModel } from './models.js';

let cli: BuiltCli;
let cwd = '';
const verify = (...args: string[]) => cli.run(['verify', ...args], { cwd });

beforeAll(() => {
  cli = buildCli();
  cwd = mkdtempSync(join(tmpdir(), 'reparam-verify-'));
  const at = (name: string) => join(cwd, name);
  writeModel(at('two.onnx'), plainModel());
  writeModel(at('twice.onnx'), plainModel());
  writeModel(at('three.onnx'), plainModel(2.001));
  writeModel(at('branched.onnx'), branchedModel());
  writeModel(at('foreign.onnx'), foreignModel());
  writeFileSync(at('text.onnx'), 'not a model');
  writeFileSync(at('empty.onnx'), '');
});

afterAll(() => {
  cli.remove();
  rmSync(cwd, { recursive: true, force: true });
});

describe('models that agree', () => {
  it('are told so, with the shapes, the runs and the bound', async () => {
    const { status, stdout, stderr } = await verify('two.onnx', 'twice.onnx');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^two\.onnx against twice\.onnx$/m);
    expect(stdout).toMatch(/^inputs {2}x float32 2x4x8x8 \(also 1x4x8x8\)$/m);
    expect(stdout).toMatch(/^runs {4}normal, .*, denormal; seed 0$/m);
    expect(stdout).toMatch(/^A {7}cpu, node by node$/m);
    expect(stdout).toMatch(/^B {7}cpu, optimized$/m);
    expect(stdout).toMatch(/^y_output +cpu +float32 2x4x8x8 +0 +0 +\S+ +0 % +normal, seed 0$/m);
    expect(stdout).toMatch(
      /^equal: every output is within its bound in 8 runs, and so are \d+ values? inside$/m,
    );
  });

  it('are reported as JSON', async () => {
    const { status, stdout } = await verify('two.onnx', 'twice.onnx', '--json', '--seed', '7');
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as ComparedReport & { a: string; b: string };
    expect(report).toMatchObject({ a: 'two.onnx', b: 'twice.onnx', status: 'equal', seed: 7 });
    expect(report.runs).toHaveLength(8);
  });

  it('are passed over in silence when asked', async () => {
    expect(await verify('two.onnx', 'twice.onnx', '-q')).toEqual({
      status: 0,
      stdout: '',
      stderr: '',
    });
  });

  it('are run with the shape and as often as asked', async () => {
    const args = ['--shape', 'x:3x4x8x8', '--runs', '2', '--json'];
    const report = JSON.parse((await verify('two.onnx', 'twice.onnx', ...args)).stdout);
    expect(report).toMatchObject({ inputs: [{ dims: [3, 4, 8, 8] }] });
    expect(report.runs).toHaveLength(14);
  });
});

describe('models that differ', () => {
  it('are told apart with exit code 1', async () => {
    const { status, stdout, stderr } = await verify('two.onnx', 'three.onnx');
    expect(stderr).toBe('');
    expect(status).toBe(1);
    expect(stdout).toMatch(
      /^different: output 'y_output': \d+ of 512 elements beyond the tolerance in run '.*' on cpu; the worst is \[.*\]: \S+ against \S+$/m,
    );
    expect(await verify('two.onnx', 'three.onnx', '--quiet')).toEqual({
      status: 1,
      stdout: '',
      stderr: '',
    });
  });

  it('agree under a tolerance that is wide enough', async () => {
    const { status, stdout } = await verify('two.onnx', 'three.onnx', '--rtol', '1e-2');
    expect(status).toBe(0);
    expect(stdout).toContain('1.0e-2·|a|');
  });

  it('are told apart by their interface', async () => {
    writeModel(
      join(cwd, 'wide.onnx'),
      (() => {
        const model = plainModel();
        const [input] = model.graph.inputs;
        if (input) input.type = { dtype: 'float32', shape: ['N', 5, 8, 8] };
        return model;
      })(),
    );
    const { status, stdout } = await verify('two.onnx', 'wide.onnx');
    expect(status).toBe(1);
    expect(stdout).toContain(
      "different: input 'x' is [N, 4, 8, 8] in one model and [N, 5, 8, 8] in the other",
    );
  });
});

describe('certificates', () => {
  const at = (name: string) => join(cwd, name);
  const args = ['branched.onnx', 'merged.onnx', '--certificate'];

  beforeAll(async () => {
    const outputs = ['-o', 'merged.onnx', '--certificate', 'proof.json'];
    const { status } = await cli.run(['merge', 'branched.onnx', ...outputs], { cwd });
    expect(status).toBe(0);
    const proof = readFileSync(at('proof.json'), 'utf8');
    writeFileSync(at('half.json'), proof.slice(0, proof.length / 2));
    writeFileSync(at('future.json'), JSON.stringify({ ...JSON.parse(proof), format: 2 }));
    writeFileSync(at('partial.json'), JSON.stringify({ ...JSON.parse(proof), regions: [] }));
  });

  it('are checked beside the comparison', async () => {
    const { status, stdout, stderr } = await verify(...args, 'proof.json');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^equal: every output is within its bound in 8 runs/m);
    expect(stdout).toMatch(/^original +ok +branched\.onnx: SHA-256 as certified$/m);
    expect(stdout).toMatch(/^outside the regions +ok +1 node is the same in both models$/m);
    expect(stdout).toMatch(/^region R1 +ok +the outputs differ by .* is certified$/m);
    expect(stdout).toMatch(
      /^valid: the certificate proves that both models are the same function$/m,
    );
  });

  it('are part of the JSON report', async () => {
    const report = JSON.parse((await verify(...args, 'proof.json', '--json')).stdout);
    expect(report).toMatchObject({
      status: 'equal',
      certificate: { status: 'valid', checks: [{ name: 'original', passed: true }, {}, {}, {}] },
    });
  });

  it('that prove nothing are answered with exit code 1, though the models agree', async () => {
    const partial = await verify(...args, 'partial.json');
    expect(partial.stdout).toMatch(/^equal: /m);
    expect(partial.stdout).toMatch(/^outside the regions +failed +.* no region replaces it/m);
    expect(partial.stdout).toMatch(/^invalid: 1 of 3 checks failed$/m);
    expect(partial.status).toBe(1);
    const swapped = await verify('two.onnx', 'twice.onnx', '--certificate', 'proof.json', '-q');
    expect(swapped).toEqual({ status: 1, stdout: '', stderr: '' });
  });

  it.each([
    ['half.json', 'the certificate is not JSON'],
    ['future.json', 'the certificate is of format 2'],
    ['two.onnx', 'the certificate is not JSON'],
    ['missing.json', 'missing.json: no such file'],
    ['.', 'it is a folder'],
  ])(
    'that cannot be read (%s) are answered in one sentence with exit code 2',
    async (name, word) => {
      const { status, stdout, stderr } = await verify(...args, name);
      expect(stdout).toBe('');
      expect(stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)?$/);
      expect(stderr).toContain(word);
      expect(stderr).not.toContain('internal');
      expect(status).toBe(2);
    },
  );
});

describe('bad input', () => {
  it.each([
    [['two.onnx', 'missing.onnx'], 'missing.onnx'],
    [['two.onnx', 'text.onnx'], 'text.onnx'],
    [['empty.onnx', 'two.onnx'], 'empty.onnx'],
    [['two.onnx', '.'], '.'],
    [['foreign.onnx', 'foreign.onnx'], 'Mystery'],
    [['two.onnx', 'two.onnx', '--shape', 'z:1x4x8x8'], "an input 'z'"],
    [['two.onnx', 'two.onnx', '--shape', 'x:1x4x8'], '4 axes'],
    [['two.onnx', 'two.onnx', '--shape', 'x:900000000x4x8x8'], 'too large'],
    [['two.onnx', 'two.onnx', '--kinds', 'none'], 'nothing to run'],
  ])('%j is answered in one sentence and exits with 2', async (args, word) => {
    const { status, stdout, stderr } = await verify(...args);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)?$/);
    expect(stderr).toContain(word);
    expect(stderr).not.toContain('internal');
    expect(status).toBe(2);
  });

  it('shows where it comes from only under REPARAM_DEBUG', async () => {
    const options = { cwd, env: { REPARAM_DEBUG: '1' } };
    const { stderr } = await cli.run(['verify', 'two.onnx', 'missing.onnx'], options);
    expect(stderr).toMatch(/^ +at /m);
  });
});
