import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, saveModel } from '../../src/onnx/index.js';
import { smallModel } from '../train/small-model.js';
import { describeOnWebGpu } from '../webgpu.js';
import { type BuiltCli, buildCli } from './cli.js';

let cli: BuiltCli;
let folder = '';
let options: string[] = [];

beforeAll(async () => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'reparam-methods-'));
  const model = join(folder, 'small.onnx');
  await saveModel(smallModel(4), model);
  options = ['--model', model, '--data', 'synthetic:classes=4,size=8,count=128'];
  options.push('--batch-size', '32', '--workers', '0', '--epochs', '2');
});

afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string): string => join(folder, name);

async function count(file: string, opType: string): Promise<number> {
  return (await loadModel(file)).graph.nodes.filter((node) => node.is(opType)).length;
}

/** Trains by a method and exports. @returns the paths of the branched and the merged model */
async function trained(method: string, ...more: string[]): Promise<[string, string]> {
  const run = path(`run-${method}`);
  const first = await cli.run(['train', ...options, '--method', method, ...more, '-o', run]);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  const [branched, merged] = [path(`${method}.onnx`), path(`${method}-merged.onnx`)];
  const kept = await cli.run(['export', run, '-o', branched, '--no-merge']);
  expect(kept).toMatchObject({ status: 0, stderr: '' });
  const exported = await cli.run(['export', run, '-o', merged, '--certificate', `${merged}.json`]);
  expect(exported).toMatchObject({ status: 0, stderr: '' });
  return [branched, merged];
}

describe('reparam train --method', () => {
  test.each(['dbb', 'orepa'])(
    '%s: branches learn with batch norms of their own, and become one convolution',
    async (method) => {
      const [branched, merged] = await trained(method);
      const nodes = (await loadModel(branched)).graph.nodes.length;
      expect(nodes).toBeGreaterThan((await loadModel(merged)).graph.nodes.length);
      expect(await count(merged, 'Conv')).toBe(2);
      expect(await count(merged, 'BatchNormalization')).toBe(0);
      const certified = ['--certificate', `${merged}.json`];
      const verified = await cli.run(['verify', branched, merged, ...certified]);
      expect(verified).toMatchObject({ status: 0, stderr: '' });
    },
  );

  test('custom: a block from a file', async () => {
    const spec = path('block.yaml');
    const branches = '  - norm: true\n  - { kernel: [1, 3], norm: true }\n';
    writeFileSync(spec, `name: rows\nbranches:\n${branches}`);
    const [branched, merged] = await trained('custom', '--block-spec', spec);
    expect(await count(branched, 'Conv')).toBe(4);
    expect(await count(merged, 'Conv')).toBe(2);
  });

  test('dyrep: branches grow between epochs, and become one convolution', async () => {
    const flags = ['--method', 'dyrep', '--dyrep-every', '1', '--dyrep-batches', '1'];
    const { stdout } = await cli.run(['train', ...options, ...flags, '-o', path('run-dyrep')]);
    expect(stdout).toMatch(
      /from epoch 2 on, 1x1, 1x1_kxk, avg, 1xk, kx1(, identity)? grow beside \w+\.conv\.weight: score/,
    );
    const [branched, merged] = [path('dyrep.onnx'), path('dyrep-merged.onnx')];
    // The best one may be of an epoch before anything has grown.
    const last = ['export', path('run-dyrep'), '--checkpoint', 'latest'];
    expect(await cli.run([...last, '-o', branched, '--no-merge'])).toMatchObject({ status: 0 });
    const exported = await cli.run([...last, '-o', merged, '--certificate', `${merged}.json`]);
    expect(exported).toMatchObject({ status: 0, stderr: '' });
    expect(await count(branched, 'Conv')).toBeGreaterThan(2);
    expect(await count(merged, 'Conv')).toBe(2);
    expect(await count(merged, 'BatchNormalization')).toBe(0);
    const certified = ['--certificate', `${merged}.json`];
    const verified = await cli.run(['verify', branched, merged, ...certified]);
    expect(verified).toMatchObject({ status: 0, stderr: '' });
  });

  test('repopt: the network stays plain', async () => {
    const [plain] = await trained('repopt', '--repopt-scales', '1,0.5,1');
    expect(await count(plain, 'Conv')).toBe(2);
  });

  test('with --keep-function the branched model begins as the plain one', async () => {
    const flags = ['--method', 'acb', '--keep-function', '--lr', '1e-30', '--bn-momentum', '0'];
    const run = path('kept');
    const done = await cli.run(['train', ...options, ...flags, '-o', run]);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    const out = path('kept.onnx');
    expect(await cli.run(['export', run, '-o', out])).toMatchObject({ status: 0 });
    const verified = await cli.run(['verify', String(options[1]), out]);
    expect(verified.stdout + verified.stderr).toMatch(/equal/);
    expect(verified.status).toBe(0);
  });

  test.each([
    [['--method', 'dbbb'], /--method: method must be one of/],
    [['--method', 'sgs', '--only', 'third'], /no convolution with several taps is named 'third'/],
    [['--method', 'dyrep', '--only', 'third'], /no convolution with several taps is named 'third'/],
    [['--method', 'dyrep', '--dyrep-every', '0'], /--dyrep-every/],
    [['--method', 'acb', '--only', 'third'], /no Conv is named 'third'/],
    [['--method', 'unireplknet'], /'unireplknet' fits no layer of the model/],
    [['--method', 'custom'], /--block-spec/],
    [['--method', 'custom', '--block-spec', 'missing.yaml'], /cannot read missing.yaml/],
    [['--method', 'sgs', '--sgs-k', '0'], /--sgs-k/],
    [['--method', 'sgs', '--sgs-like', 'vgg'], /--sgs-like/],
    [['--method', 'repopt', '--repopt-scales', '1,2'], /--repopt-scales/],
  ] as const)('%j is refused', async (args, message) => {
    const refused = await cli.run(['train', ...options, ...args, '-o', path('refused')]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(message);
    expect(refused.stderr.trim().split('\n').length).toBeLessThanOrEqual(2);
    expect(refused.stderr).not.toMatch(/ at .*\.js:/);
  });
});

describe('reparam sgs show', () => {
  test('prints and draws the scalings of a run', async () => {
    await trained('sgs', '--sgs-every', '1', '--sgs-batches', '1');
    const run = path('run-sgs');
    const shown = await cli.run(['sgs', 'show', run]);
    expect(shown).toMatchObject({ status: 0, stderr: '' });
    expect(shown.stdout).toMatch(/weight\s+epoch 0\s+epoch 1/);
    expect(shown.stdout).toMatch(/first\.conv\.weight(\s+\d\.\d\d){6}/);
    const { stdout } = await cli.run(['sgs', 'show', run, '--json', '--html', path('s.html')]);
    const { records } = JSON.parse(stdout);
    expect(records).toHaveLength(2);
    for (const { values } of records[0].layers) {
      const mean = values.reduce((sum: number, v: number) => sum + v, 0) / values.length;
      expect(mean).toBeCloseTo(1, 6);
    }
    expect(readFileSync(path('s.html'), 'utf8')).toContain('class="heat"');
  });

  test.each([
    ['missing', /missing/],
    ['run-repopt', /has used no scalings[\s\S]*--method repopt, not sgs/],
  ])('%s is refused', async (run, message) => {
    const refused = await cli.run(['sgs', 'show', path(run)]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(message);
  });
});

describeOnWebGpu('on WebGPU', () => {
  test('what was trained in branches equals its merged model', async () => {
    const pair = [path('dbb.onnx'), path('dbb-merged.onnx')];
    const verified = await cli.run(['verify', ...pair, '--device', 'webgpu']);
    expect(verified).toMatchObject({ status: 0, stderr: '' });
  });
});
