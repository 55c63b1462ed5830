import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { decodeModel } from '../../src/onnx/index.js';
import { type BuiltCli, buildCli } from './cli.js';
import { branchedModel, plainModel, writeModel } from './models.js';

let cli: BuiltCli;
let cwd = '';
const at = (name: string) => join(cwd, name);
const reparam = (...args: string[]) => cli.run(args, { cwd });

beforeAll(() => {
  cli = buildCli();
});
afterAll(() => cli.remove());

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'reparam-expand-'));
  writeModel(at('model.onnx'), branchedModel());
  writeModel(at('plain.onnx'), plainModel());
});
afterEach(() => rmSync(cwd, { recursive: true, force: true }));

const convs = (file: string): number =>
  decodeModel(readFileSync(at(file))).graph.nodes.filter((node) => node.is('Conv')).length;

describe('expand', () => {
  it('writes a verified model, and tells what was expanded and what was not', async () => {
    const run = await reparam('expand', 'model.onnx', '--block', 'acb', '-o', 'out.onnx');
    expect(run.stderr).toBe('');
    expect(run.status).toBe(0);
    expect(run.stdout).toContain('1 layer expanded by acb into 3 branches');
    expect(run.stdout).toContain('not expanded: point: its kernel is 1×1');
    expect(run.stdout).toMatch(/verified in \d+ runs/);
    expect(convs('out.onnx')).toBe(4);
    const merge = await reparam('merge', 'out.onnx', '-o', 'merged.onnx');
    expect(merge.status).toBe(0);
    expect(convs('merged.onnx')).toBe(1);
  });

  it('gives the same as JSON', async () => {
    const args = ['--block', 'mobileone', '--only', 'dense', '--seed', '3', '--json'];
    const { status, stdout } = await reparam('expand', 'model.onnx', ...args, '-o', 'out.onnx');
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      block: 'mobileone',
      mode: 'keep',
      seed: 3,
      expanded: [{ node: 'dense', branches: 6 }],
      skipped: [],
      verification: { status: 'equal' },
    });
  });

  it('begins anew with --fresh, and says nothing with -q', async () => {
    const args = ['--block', 'dbb', '--fresh', '-q', '-o', 'out.onnx'];
    const { status, stdout } = await reparam('expand', 'model.onnx', ...args);
    expect([status, stdout]).toEqual([0, '']);
    const verify = await reparam('verify', 'model.onnx', 'out.onnx');
    expect(verify.status).toBe(1);
  });

  it("reads a block of one's own", async () => {
    writeFileSync(at('block.yaml'), 'name: mine\nbranches:\n  - scale: 0.5\n  - kernel: [1, 3]\n');
    const run = await reparam('expand', 'model.onnx', '--spec', 'block.yaml', '-o', 'out.onnx');
    expect(run.stderr).toBe('');
    expect(run.stdout).toContain('1 layer expanded by mine into 2 branches');
    writeFileSync(at('block.yaml'), 'name: mine\nbranches:\n  - kernl: same\n');
    const wrong = await reparam('expand', 'model.onnx', '--spec', 'block.yaml', '-o', 'out2.onnx');
    expect(wrong.status).toBe(2);
    expect(wrong.stderr).toContain("branch 1: there is no field 'kernl'");
  });

  it.each([
    [['expand', 'model.onnx', '-o', 'out.onnx'], 2, '--block TYPE or --spec FILE'],
    [['expand', 'model.onnx', '--block', 'abc', '-o', 'out.onnx'], 2, "no block type 'abc'"],
    [['expand', 'model.onnx', '--block', 'acb', '--only', 'x9', '-o', 'out.onnx'], 2, "'x9'"],
    [['expand', 'model.onnx', '--block', 'acb', '-o', 'model.onnx'], 2, 'is the input'],
    [['expand', 'plain.onnx', '--block', 'acb', '-o', 'out.onnx'], 1, 'nothing in plain.onnx'],
    [['expand', 'none.onnx', '--block', 'acb', '-o', 'out.onnx'], 2, 'none.onnx'],
  ] as const)('%j fails and writes nothing', async (args, status, message) => {
    const run = await reparam(...args);
    expect(run.stderr).toContain(message);
    expect(run.status).toBe(status);
    expect(existsSync(at('out.onnx'))).toBe(false);
    expect(readdirSync(cwd).sort()).toEqual(['model.onnx', 'plain.onnx']);
  });
});
