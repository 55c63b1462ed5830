import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
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
    expect(stdout).toMatch(/^inputs {2}x float32 2x4x8x8$/m);
    expect(stdout).toMatch(/^runs {4}normal, .*, denormal; seed 0$/m);
    expect(stdout).toMatch(/^y_output +float32 2x4x8x8 +0 +0 +\S+ +0 % +normal, seed 0$/m);
    expect(stdout).toMatch(/^equal: every output is within its bound in 7 runs$/m);
  });

  it('are reported as JSON', async () => {
    const { status, stdout } = await verify('two.onnx', 'twice.onnx', '--json', '--seed', '7');
    expect(status).toBe(0);
    const report = JSON.parse(stdout) as ComparedReport & { a: string; b: string };
    expect(report).toMatchObject({ a: 'two.onnx', b: 'twice.onnx', status: 'equal', seed: 7 });
    expect(report.runs).toHaveLength(7);
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
      /^different: output 'y_output': \d+ of 512 elements beyond the tolerance in run '.*'; the worst is \[.*\]: \S+ against \S+$/m,
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

describe('bad input', () => {
  it.each([
    [['two.onnx', 'missing.onnx'], 'missing.onnx'],
    [['two.onnx', 'text.onnx'], 'text.onnx'],
    [['empty.onnx', 'two.onnx'], 'empty.onnx'],
    [['two.onnx', '.'], '.'],
    [['foreign.onnx', 'foreign.onnx'], 'Mystery'],
    [['two.onnx', 'two.onnx', '--shape', 'z:1x4x8x8'], "an input 'z'"],
    [['two.onnx', 'two.onnx', '--shape', 'x:1x4x8'], '4 axes'],
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
