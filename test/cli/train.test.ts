import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadModel, saveModel } from '../../src/onnx/index.js';
import { readCheckpoint } from '../../src/train/index.js';
import { smallModel } from '../train/small-model.js';
import { type BuiltCli, buildCli } from './cli.js';

let cli: BuiltCli;
let folder = '';
let options: string[] = [];

beforeAll(async () => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'reparam-train-'));
  const model = join(folder, 'small.onnx');
  await saveModel(smallModel(4), model);
  options = ['--model', model, '--data', 'synthetic:classes=4,size=8,count=320'];
  options.push('--batch-size', '32', '--augment', 'crop=1,flip', '--workers', '1');
});

afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

const path = (name: string): string => join(folder, name);

/** Trains until a step has been made, then sends a signal. @returns the exit code */
function interrupt(
  args: readonly string[],
  step: number,
  signal: NodeJS.Signals,
): Promise<number | null> {
  const child = spawn(process.execPath, [cli.main, 'train', ...args, '--json']);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    // A second interrupt would end it at once.
    if (!child.killed && output.includes(`"step":${step},`)) child.kill(signal);
  });
  return new Promise((resolve) => child.on('close', (status) => resolve(status)));
}

/** Weights, optimizer state and metrics of a run, but for times. */
async function left(run: string) {
  const { parameters, state, step } = await readCheckpoint(run);
  const tensors = [...parameters, ...state].map(([name, tensor]) => [
    name,
    Buffer.from(tensor.bytes).toString('hex'),
  ]);
  const lines = readFileSync(join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return {
    step,
    tensors,
    metrics: lines.map((line) => ({
      ...JSON.parse(line),
      seconds: 0,
      stepSeconds: 0,
      peakMemory: 0,
    })),
  };
}

describe('reparam train', () => {
  test('killed with SIGKILL, a run goes on from its last checkpoint as if nothing had happened', async () => {
    const args = [...options, '--epochs', '12', '--checkpoint-every', '0.3'];
    const whole = await cli.run(['train', ...args, '-o', path('whole')]);
    expect(whole).toMatchObject({ status: 0, stderr: '' });
    for (const step of [2, 61]) {
      const run = path(`killed-${step}`);
      expect(await interrupt([...args, '-o', run], step, 'SIGKILL')).toBeNull();
      const listed = await cli.run(['runs', run, '--json']);
      expect(JSON.parse(listed.stdout).runs[0]).toMatchObject({ state: 'stopped' });
      const resumed = await cli.run(['train', '--resume', run]);
      expect(resumed).toMatchObject({ status: 0, stderr: '' });
      expect(await left(run)).toEqual(await left(path('whole')));
    }
  });

  test('Ctrl-C finishes the step and saves it', async () => {
    const args = [...options, '--epochs', '400', '-o', path('interrupted')];
    expect(await interrupt(args, 15, 'SIGINT')).toBe(130);
    const { step } = await readCheckpoint(path('interrupted'));
    expect(step).toBeGreaterThanOrEqual(15);
    expect((await left(path('interrupted'))).metrics.filter(({ kind }) => !kind)).toHaveLength(
      step,
    );
    const listed = await cli.run(['runs', path('interrupted')]);
    expect(listed.stdout).toMatch(/interrupted\s+stopped/);
  });

  test('a trained model is exported, merged and verified, and measures the same', async () => {
    const evaluated = await cli.run(['eval', path('whole'), '--json', '--checkpoint', 'latest']);
    const out = path('deployed.onnx');
    const args = ['export', path('whole'), '-o', out, '--checkpoint', 'latest', '--json'];
    const exported = await cli.run(args);
    expect(exported).toMatchObject({ status: 0, stderr: '' });
    expect(JSON.parse(exported.stdout)).toMatchObject({ verification: { status: 'equal' } });
    const { nodes } = (await loadModel(out)).graph;
    expect(nodes.filter((node) => node.is('BatchNormalization'))).toEqual([]);
    const data = ['--data', 'synthetic:classes=4,size=8,count=320'];
    const deployed = await cli.run(['eval', out, '--json', ...data]);
    const [before] = JSON.parse(evaluated.stdout).results;
    const [after] = JSON.parse(deployed.stdout).results;
    expect(after.accuracy).toBe(before.accuracy);
    expect(after.loss).toBeCloseTo(before.loss, 5);
  });

  test('recipes come from files, and flags override them', async () => {
    const recipe = path('recipe.yaml');
    writeFileSync(
      recipe,
      `model: ${options[1]}\ndata: ${options[3]}\nbatchSize: 32\nepochs: 5\nlr: 0.5\n`,
    );
    const run = path('from-recipe');
    const trained = await cli.run(['train', '--recipe', recipe, '--epochs', '1', '-o', run]);
    expect(trained.stdout).toMatch(/1 epochs? of 10 steps/);
    const kept = JSON.parse(readFileSync(join(run, 'recipe.json'), 'utf8'));
    expect(kept).toMatchObject({ epochs: 1, lr: 0.5, batchSize: 32 });
    const compared = await cli.run(['runs', run, path('whole')]);
    expect(compared.stdout).toMatch(/lr\s+0\.5\s+0\.1/);
  });

  test.each([
    [
      ['--model', 'resnet20', '--data', 'synthetic'],
      2,
      /say in which folder the run is kept with -o/,
    ],
    [['--data', 'synthetic', '-o', 'new'], 2, /no model to train is given/],
    [['--model', 'resnet20', '--data', 'cifar10:missing', '-o', 'new'], 2, /missing/],
    [['--model', 'resnet20', '--data', 'tapes:x', '-o', 'new'], 2, /no data set 'tapes'/],
    [
      ['--model', 'missing.onnx', '--data', 'synthetic', '-o', 'new'],
      2,
      /cannot read missing.onnx/,
    ],
    [['--model', 'resnet20', '--data', 'synthetic', '--lr', 'fast', '-o', 'new'], 2, /--lr/],
    [['--resume', 'missing'], 2, /missing/],
    [
      ['--model', 'resnet20', '--data', 'synthetic', '--device', 'cuda', '-o', 'new'],
      3,
      /CUDA|cuda/,
    ],
  ] as const)('%j is refused with exit code %i', async (args, status, message) => {
    const before = readdirSync(folder);
    const run = await cli.run(['train', ...args], { cwd: folder });
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/internal|\bat .*\.js/);
    expect(run.status).toBe(status);
    expect(readdirSync(folder)).toEqual(before);
  });

  test.each([
    [['eval', 'nothing.onnx', '--data', 'synthetic'], /nothing.onnx/],
    [['eval', 'small.onnx'], /--data/],
    [['eval', 'small.onnx', '--data', 'synthetic:classes=7'], /4 outputs, but .* 7 classes/],
    [['export', 'small.onnx', '-o', 'x.onnx'], /is no run/],
    [['export', 'whole', '-o', 'x.onnx', '--checkpoint', '1'], /no checkpoint of step 1/],
    [['runs', 'nothing'], /nothing/],
  ] as const)('%j is refused', async (args, message) => {
    const run = await cli.run(args, { cwd: folder });
    expect(run.stderr).toMatch(message);
    expect(run.status).toBe(2);
  });
});
