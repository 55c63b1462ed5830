import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/onnx/index.js';
import { type BuiltCli, buildCli } from './cli.js';
import { branchedModel, foreignModel, plainModel, writeModel } from './models.js';

let cli: BuiltCli;
let cwd = '';
const at = (...names: string[]) => join(cwd, ...names);
const reparam = (...args: string[]) => cli.run(args, { cwd });

beforeAll(() => {
  cli = buildCli();
});
afterAll(() => cli.remove());

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'reparam-merge-'));
  writeModel(at('branched.onnx'), branchedModel());
  writeModel(at('plain.onnx'), plainModel());
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const opTypes = (file: string) =>
  decodeModel(readFileSync(at(file))).graph.nodes.map(({ opType }) => opType);

describe('inspect', () => {
  it('describes the model and draws what can be merged', async () => {
    const { status, stdout, stderr } = await reparam('inspect', 'branched.onnx');
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^branched\.onnx$/m);
    expect(stdout).toMatch(/^ {2}inputs {3}x float32 Nx16x8x8$/m);
    expect(stdout).toMatch(/^ {2}nodes {4}4: Conv 2, Add 1, Relu 1$/m);
    expect(stdout).toMatch(/^ {2}size {5}2\.6 k parameters, 164 k MACs for x 1x16x8x8$/m);
    expect(stdout).toContain('1 region can be merged');
    expect(stdout).toMatch(/^ {2}R1 {2}x → sum_output: 3 nodes → 1, /m);
    expect(stdout).toContain("├─ Conv 'dense' ← x");
    expect(stdout).toContain("└─ Conv 'point' ← x");
  });

  it('gives the same as JSON', async () => {
    const { status, stdout } = await reparam('inspect', 'branched.onnx', '--json');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      file: 'branched.onnx',
      model: {
        nodes: 4,
        operators: { Conv: 2, Add: 1, Relu: 1 },
        parameters: 2576,
        macs: 64 * (2304 + 256),
        assumedShapes: { x: [1, 16, 8, 8] },
      },
      regions: [
        {
          id: 'R1',
          sources: ['x'],
          output: 'sum_output',
          before: { nodes: 3 },
          after: { nodes: 1 },
        },
      ],
    });
  });

  it('says when nothing can be merged', async () => {
    expect((await reparam('inspect', 'plain.onnx')).stdout).toContain('Nothing can be merged');
  });
});

describe('merge', () => {
  it('writes a verified model and its certificate, and tells what it saved', async () => {
    const args = ['branched.onnx', '-o', 'merged.onnx', '--certificate', 'proof.json'];
    const { status, stdout, stderr } = await reparam('merge', ...args);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(opTypes('merged.onnx')).toEqual(['Conv', 'Relu']);
    expect(stdout).toMatch(/^branched\.onnx → merged\.onnx$/m);
    expect(stdout).toMatch(/^ {2}Conv +2 +→ +1 +−50 %$/m);
    expect(stdout).toMatch(
      /^ {2}verified in 8 runs: largest relative error \S+, .* of its bound$/m,
    );
    const proof = JSON.parse(readFileSync(at('proof.json'), 'utf8'));
    expect(proof).toMatchObject({
      format: 1,
      tool: 'onnx-reparam',
      original: [{ name: 'branched.onnx', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }],
      merged: [{ name: 'merged.onnx' }],
      regions: [{ id: 'R1' }],
    });
    expect((await reparam('verify', 'branched.onnx', 'merged.onnx')).status).toBe(0);
    expect(readdirSync(cwd).sort()).toEqual([
      'branched.onnx',
      'merged.onnx',
      'plain.onnx',
      'proof.json',
    ]);
  });

  it('gives the outcome as JSON', async () => {
    const { stdout } = await reparam('merge', 'branched.onnx', '-o', 'merged.onnx', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      results: [
        {
          input: 'branched.onnx',
          output: 'merged.onnx',
          merged: ['R1'],
          before: { operators: { Conv: 2 } },
          after: { operators: { Conv: 1 } },
          verification: { status: 'equal' },
        },
      ],
    });
  });

  it('writes nothing on a dry run', async () => {
    const { status, stdout } = await reparam('merge', 'branched.onnx', '--dry-run');
    expect(status).toBe(0);
    expect(stdout).toContain('1 region can be merged');
    expect(readdirSync(cwd)).toEqual(['branched.onnx', 'plain.onnx']);
  });

  it('keeps weights in a file of their own, but never in that of the input', async () => {
    const first = ['branched.onnx', '-o', 'big.onnx', '--external-data', '--skip', 'R1'];
    expect((await reparam('merge', ...first)).status).toBe(0);
    expect(existsSync(at('big.onnx.data'))).toBe(true);
    const second = ['big.onnx', '-o', 'small.onnx', '--certificate', 'proof.json'];
    expect(await reparam('merge', ...second)).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(readFileSync(at('proof.json'), 'utf8'))).toMatchObject({
      original: [{ name: 'big.onnx' }, { name: 'big.onnx.data' }],
      merged: [{ name: 'small.onnx' }, { name: 'small.onnx.data' }],
    });
    expect((await reparam('verify', 'branched.onnx', 'small.onnx')).status).toBe(0);
    renameSync(at('big.onnx'), at('renamed.onnx'));
    const { status, stderr } = await reparam('merge', 'renamed.onnx', '-o', 'big.onnx');
    expect(stderr).toContain('the output big.onnx.data is the input');
    expect(status).toBe(2);
  });

  it('is quiet when asked', async () => {
    const run = await reparam('merge', 'branched.onnx', '-o', 'merged.onnx', '-q');
    expect(run).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  it('leaves a region alone', async () => {
    await reparam('merge', 'branched.onnx', '-o', 'merged.onnx', '--skip', 'R1');
    expect(opTypes('merged.onnx')).toContain('Add');
    const { stdout } = await reparam(
      'merge',
      'branched.onnx',
      '-o',
      'merged.onnx',
      '--only',
      'sum_output',
    );
    expect(stdout).toContain('1 region merged');
  });

  it('copies a model with nothing to merge, which --strict does not accept', async () => {
    const relaxed = await reparam('merge', 'plain.onnx', '-o', 'copy.onnx');
    expect(relaxed.status).toBe(0);
    expect(relaxed.stdout).toContain('nothing to merge');
    expect(opTypes('copy.onnx')).toEqual(['Mul', 'Relu']);
    expect((await reparam('merge', 'plain.onnx', '-o', 'copy.onnx', '--strict')).status).toBe(1);
  });

  it('takes a folder to a new folder, and goes on after a bad file', async () => {
    mkdirSync(at('in'));
    writeModel(at('in', 'a.onnx'), branchedModel());
    writeFileSync(at('in', 'b.onnx'), 'not a model');
    writeModel(at('in', 'c.onnx'), foreignModel());
    const { status, stdout, stderr } = await reparam('merge', 'in', '-o', 'out');
    expect(status).toBe(2);
    expect(stdout).toContain(`${join('in', 'a.onnx')} → ${join('out', 'a.onnx')}`);
    expect(stderr).toMatch(/^error: .*b\.onnx[^\n]*\n(hint: [^\n]+\n)?$/);
    expect(readdirSync(at('out'))).toEqual(['a.onnx', 'c.onnx']);
  });
});

describe('outputs that cannot be', () => {
  it.each([
    [['branched.onnx', '-o', 'branched.onnx'], 'is the input branched.onnx'],
    [['branched.onnx', '-o', './linked.onnx'], 'is the input branched.onnx'],
    [['.', '-o', '.'], 'is the input'],
    [['branched.onnx', '-o', 'm.onnx', '--certificate', 'branched.onnx'], 'is the input'],
    [['branched.onnx', '-o', 'm.onnx', '--certificate', 'm.onnx'], 'are the same output'],
    [['branched.onnx', '-o', 'nowhere/m.onnx'], 'the folder nowhere of the output does not exist'],
    [['branched.onnx', 'plain.onnx', '-o', 'linked.onnx'], 'several models need a folder'],
    [['branched.onnx', 'plain.onnx', '-o', 'out', '--certificate', 'c'], '--certificate names one'],
    [['empty', '-o', 'out'], 'holds no .onnx files'],
    [['missing.onnx', '-o', 'm.onnx'], 'missing.onnx'],
    [['missing.onnx', '-o', 'out/'], 'missing.onnx'],
    [['branched.onnx', '-o', '/dev/null'], 'is not a regular file'],
  ])('%j is refused with exit code 2', async (args, message) => {
    linkSync(at('branched.onnx'), at('linked.onnx'));
    mkdirSync(at('empty'));
    const before = readFileSync(at('branched.onnx'));
    const { status, stdout, stderr } = await reparam('merge', ...args);
    expect(stderr).toMatch(/^error: [^\n]+\n(hint: [^\n]+\n)?$/);
    expect(stderr).toContain(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
    expect(readFileSync(at('branched.onnx'))).toEqual(before);
    for (const output of ['m.onnx', 'out', 'c']) expect(existsSync(at(output))).toBe(false);
  });
});
