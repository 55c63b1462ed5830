import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { saveModel } from '../../src/onnx/index.js';
import type { StudyTable } from '../../src/study/table.js';
import { type BuiltCli, buildCli, type Run } from '../cli/cli.js';
import { smallModel } from '../train/small-model.js';

let cli: BuiltCli;
let folder = '';
let text = '';

beforeAll(async () => {
  cli = buildCli();
  folder = mkdtempSync(join(tmpdir(), 'study-'));
  const model = join(folder, 'small.onnx');
  await saveModel(smallModel(4), model);
  text = [
    'name: tiny',
    `models: ${model}`,
    'methods: [baseline, acb]',
    'data: synthetic:classes=4,size=8,count=192',
    'seeds: 2',
    'recipe: {epochs: 4, batchSize: 32, workers: 0, checkpointEvery: 0.3, lr: 0.02}',
  ].join('\n');
  writeFileSync(path('study.yaml'), text);
});

afterAll(() => {
  cli.remove();
  rmSync(folder, { recursive: true, force: true });
});

const path = (...names: string[]): string => join(folder, ...names);

const study = (out: string, ...more: string[]): Promise<Run> =>
  cli.run(['study', path('study.yaml'), '-o', path(out), '--threads', '1', ...more]);

/** Starts a study and sends a signal once it has said something. @returns exit code or signal, and all that it said */
async function cutShort(
  out: string,
  said: RegExp,
  signal: NodeJS.Signals,
): Promise<[end: number | string | null, stderr: string]> {
  const args = ['study', path('study.yaml'), '-o', path(out), '--threads', '1', '--jobs', '2'];
  const child = spawn(process.execPath, [cli.main, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    stderr += piece;
    if (!child.killed && said.test(stderr)) child.kill(signal);
  });
  return new Promise((resolve) => {
    child.on('exit', (code, by) => resolve([code ?? by, stderr]));
  });
}

/** A table but for what differs from time to time. */
function figures(json: string) {
  const { groups, runs } = JSON.parse(json) as StudyTable;
  return {
    groups: groups.map(({ rows, ...group }) => ({
      ...group,
      rows: rows.map(({ method, counts, best, last, difference, parameters }) => ({
        ...{ method, counts, best, last, difference, parameters },
      })),
    })),
    runs: runs.map(({ task, state, epochs }) => ({
      ...{ task, state },
      curve: epochs.map(({ trainLoss, valLoss, valAccuracy }) => [trainLoss, valLoss, valAccuracy]),
    })),
  };
}

const reportOf = (out: string): string => readFileSync(path(out, 'report.json'), 'utf8');

/** Who trained each finished run, and all that it measured. */
const finishedRuns = (out: string): Map<string, string> =>
  new Map(
    readdirSync(path(out, 'runs'))
      .filter((run) => existsSync(path(out, 'runs', run, 'run.json')))
      .map((run): [string, string] => [
        run,
        readFileSync(path(out, 'runs', run, 'run.json'), 'utf8'),
      ])
      .filter(([, status]) => status.includes('"finished"'))
      .map(([run, status]) => [
        run,
        status + readFileSync(path(out, 'runs', run, 'metrics.jsonl')),
      ]),
  );

describe('reparam study', () => {
  test('trains everything and writes one table', async () => {
    const { status, stdout, stderr } = await study('whole');
    expect([status, stderr.match(/finished/g)?.length]).toEqual([0, 4]);
    expect(stderr).toMatch(/small-acb-seed1 {2}epoch 4\/4 {2}accuracy/);
    expect(stdout).toMatch(/baseline +2 of 2/);
    const { groups, runs } = JSON.parse(reportOf('whole')) as StudyTable;
    expect(groups.map(({ rows }) => rows.map(({ method }) => method))).toEqual([
      ['baseline', 'acb'],
    ]);
    expect(groups[0]?.rows[1]?.difference?.pairs).toBe(2);
    for (const { epochs, stepSeconds, peakMemory, seconds } of runs) {
      expect(epochs).toHaveLength(4);
      expect(stepSeconds).toBeGreaterThan(0);
      expect(stepSeconds).toBeLessThan(seconds);
      expect(peakMemory).toBeGreaterThan(1e7);
    }
    expect(readFileSync(path('whole', 'report.md'), 'utf8')).toContain('| baseline |');
    expect(readFileSync(path('whole', 'report.html'), 'utf8')).toContain('<svg');
  });

  test('killed with SIGKILL in the middle, twice, it gives the same table and repeats no finished run', async () => {
    expect((await cutShort('killed', /epoch 2\/4/, 'SIGKILL'))[0]).toBe('SIGKILL');
    expect((await cutShort('killed', / finished /, 'SIGKILL'))[0]).toBe('SIGKILL');
    const before = finishedRuns('killed');
    expect(before.size).toBeGreaterThanOrEqual(1);
    const { status } = await study('killed', '--jobs', '2', '--json');
    expect(status).toBe(0);
    expect(figures(reportOf('killed'))).toEqual(figures(reportOf('whole')));
    const after = finishedRuns('killed');
    for (const [run, content] of before) expect(after.get(run)).toBe(content);
    const again = await study('killed', '--json');
    expect(again).toMatchObject({ status: 0, stderr: '' });
    expect(figures(again.stdout)).toEqual(figures(reportOf('whole')));
    expect(finishedRuns('killed')).toEqual(after);
  });

  test('Ctrl-C lets runs save and stop; the same command goes on', async () => {
    const [code, stderr] = await cutShort('interrupted', /epoch 1\/4/, 'SIGINT');
    expect(code).toBe(130);
    expect(stderr).toContain('go on with the same command');
    expect(stderr).toMatch(/stopped/);
    const { runs } = JSON.parse(reportOf('interrupted')) as StudyTable;
    const states = runs.map(({ state }) => state);
    expect(states).toEqual(['stopped', 'stopped', 'waiting', 'waiting']);
    expect(readdirSync(path('interrupted'))).not.toContain('lock.json');
    expect((await study('interrupted', '-q')).status).toBe(0);
    expect(figures(reportOf('interrupted'))).toEqual(figures(reportOf('whole')));
  });

  test('a run that fails is shown with its reason, and the others go on', async () => {
    const file = path('failing.yaml');
    const methods =
      'methods: [baseline, {name: wild, method: baseline, optimizer: adam, lr: 1.0e+30}]';
    writeFileSync(file, text.replace(/methods: .*/, methods).replace('seeds: 2', 'seeds: 1'));
    const { status, stdout, stderr } = await cli.run(['study', file, '-o', path('failing')]);
    expect(status).toBe(1);
    expect(stderr).toMatch(/small-wild-seed0 {2}failed: /);
    expect(stdout).toMatch(/small-wild-seed0 failed: .*loss/);
    expect(stdout).toMatch(/wild +0 of 1 \(1 failed\)/);
    expect(stdout).toMatch(/baseline +1 of 1/);
    // One that cannot even begin leaves no run that could tell.
    writeFileSync(
      file,
      text.replace(/data: .*/, 'data: cifar10:missing').replace('seeds: 2', 'seeds: 1'),
    );
    const none = await cli.run(['study', file, '-o', path('none'), '--json']);
    expect(none.status).toBe(1);
    for (const { state, problem } of (JSON.parse(none.stdout) as StudyTable).runs) {
      expect([state, problem]).toEqual(['failed', expect.stringContaining('missing')]);
    }
  });

  test('other options need another folder', async () => {
    const file = path('changed.yaml');
    writeFileSync(file, text.replace('lr: 0.02', 'lr: 0.03'));
    const { status, stderr } = await cli.run(['study', file, '-o', path('whole')]);
    expect(status).toBe(2);
    expect(stderr).toContain('small-baseline-seed0: lr was 0.02 and is 0.03 (and 3 more)');
  });

  test.each([
    [['--schema'], /"title": "Study of onnx-reparam"/],
    [
      ['FILE', '-o', 'new', '--dry-run'],
      /small-acb-seed1.json -o \S+small-acb-seed1 --auto-resume --threads/,
    ],
    [['FILE', '-o', 'new', '--dry-run', '--engine', 'slurm', '--cpus', '3'], /#SBATCH --array=0-3/],
    [['FILE', '-o', 'new', '--dry-run', '--epochs', '1', '--json'], /"epochs": 1,/],
  ])('%j writes nothing', async (args, expected) => {
    const given = args.map((arg) => (arg === 'FILE' ? path('study.yaml') : arg));
    const { status, stdout, stderr } = await cli.run(['study', ...given], { cwd: folder });
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(expected);
    expect(existsSync(path('new'))).toBe(false);
  });

  test.each([
    [[], 2, /say which study, as a file/],
    [['FILE', '-o', '.'], 2, /is not empty, and holds no study/],
    [['FILE', '-o', 'new', '--epochs', 'many'], 2, /--epochs/],
  ])('%j is refused', async (args, code, message) => {
    const given = args.map((arg) => (arg === 'FILE' ? path('study.yaml') : arg));
    const { status, stderr } = await cli.run(['study', ...given], { cwd: folder });
    expect(status).toBe(code);
    expect(stderr).toMatch(message);
    expect(existsSync(path('new'))).toBe(false);
  });
});
