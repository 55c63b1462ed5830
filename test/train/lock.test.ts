import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { saveModel } from '../../src/onnx/index.js';
import { FolderLock } from '../../src/train/index.js';
import { type BuiltCli, buildCli } from '../cli/cli.js';
import { smallModel } from './small-model.js';

const doing = { doing: 'it is being worked on' };

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const lockFile = (): string => join(folder, 'lock.json');
const owner = () => JSON.parse(readFileSync(lockFile(), 'utf8'));

describe('a folder', () => {
  it('is for one at a time, and left as it was', async () => {
    const lock = await FolderLock.take(folder, doing);
    expect(owner()).toMatchObject({ pid: process.pid, host: hostname() });
    const message = `${folder}: it is being worked on by process ${process.pid}`;
    await expect(FolderLock.take(folder, doing)).rejects.toThrow(message);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
    (await FolderLock.take(folder, doing)).release();
  });

  it('made in vain is taken away, one with content is not', async () => {
    const deep = join(folder, 'a', 'b');
    (await FolderLock.take(deep, doing)).release();
    expect(existsSync(join(folder, 'a'))).toBe(false);
    const lock = await FolderLock.take(deep, doing);
    writeFileSync(join(folder, 'a', 'note'), '');
    lock.release();
    expect(readdirSync(join(folder, 'a'))).toEqual(['note']);
  });

  it('that cannot be made is refused', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(FolderLock.take(file, doing)).rejects.toThrow('is a file');
    const below = FolderLock.take(join(file, 'a', 'b'), doing);
    await expect(below).rejects.toThrow('a part of the path is not a folder');
    if (process.platform !== 'linux') return;
    await expect(FolderLock.take('/proc/a/b', doing)).rejects.toThrow(
      'cannot write /proc/a: nothing can be made in /proc',
    );
  });

  it('is waited for', async () => {
    const first = await FolderLock.take(folder, doing);
    const second = FolderLock.take(folder, { ...doing, patience: 10_000 });
    setTimeout(() => first.release(), 300);
    (await second).release();
    const third = await FolderLock.take(folder, doing);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    const waiting = { ...doing, patience: 60_000, signal: controller.signal };
    await expect(FolderLock.take(folder, waiting)).rejects.toThrow('by process');
    third.release();
  });

  it('is made again where the one before has taken it away', async () => {
    const deep = join(folder, 'a', 'b');
    const first = await FolderLock.take(deep, doing);
    const second = FolderLock.take(deep, { ...doing, patience: 10_000 });
    first.release();
    expect(existsSync(deep)).toBe(false);
    (await second).release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of a process that is gone is free, also when its number belongs to another', async () => {
    const lock = await FolderLock.take(folder, doing);
    const left = owner();
    lock.release();
    const { pid } = spawnSync(process.execPath, ['--version']);
    const reused = { ...left, born: left.born === null ? null : '1' };
    for (const content of [{ ...left, pid }, ...(left.born === null ? [] : [reused])]) {
      writeFileSync(lockFile(), JSON.stringify(content));
      const taken = await FolderLock.take(folder, doing);
      expect(taken.held).toBe(true);
      taken.release();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of another machine, or with a torn lock, is free after two minutes of silence', async () => {
    for (const content of ['{"machine": "elsewhere", "host": "elsewhere", "pid": 1}', '{"mach']) {
      writeFileSync(lockFile(), content);
      await expect(FolderLock.take(folder, doing)).rejects.toThrow(/last heard of \d s ago/);
      const past = new Date(Date.now() - 121_000);
      utimesSync(lockFile(), past, past);
      (await FolderLock.take(folder, doing)).release();
    }
  });

  it('that another process has taken is noticed', async () => {
    const lock = await FolderLock.take(folder, doing);
    writeFileSync(lockFile(), '{}');
    expect(lock.held).toBe(false);
    expect(() => lock.confirm()).toThrow('another process has taken over');
    lock.release();
    expect(existsSync(lockFile())).toBe(true);
  });
});

describe('processes', () => {
  let cli: BuiltCli;
  let model = '';
  const children: ChildProcess[] = [];
  beforeAll(async () => {
    cli = buildCli();
    const own = mkdtempSync(join(tmpdir(), 'lock-model-'));
    model = join(own, 'small.onnx');
    await saveModel(smallModel(4), model);
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });
  afterAll(() => {
    cli.remove();
    rmSync(dirname(model), { recursive: true, force: true });
  });

  it('that rush for a folder get it one after the other, also when some are killed', async () => {
    const module = pathToFileURL(join(dirname(cli.main), '..', 'src/train/runs/lock.js')).href;
    const script = join(folder, 'rush.mjs');
    const shared = join(folder, 'shared');
    // Whoever holds the folder must be alone with the file.
    writeFileSync(
      script,
      `import fs from 'node:fs';
      const { FolderLock } = await import(${JSON.stringify(module)});
      const alone = ${JSON.stringify(join(folder, 'alone'))};
      for (let i = 0; i < 3; i++) {
        const lock = await FolderLock.take(${JSON.stringify(shared)}, { doing: 'x', patience: 30000 });
        fs.writeFileSync(alone, '', { flag: 'wx' });
        await new Promise((resolve) => setTimeout(resolve, 5));
        fs.rmSync(alone);
        if (process.argv[2] === 'dies') process.kill(process.pid, 'SIGKILL');
        lock.release();
      }`,
    );
    const rush = (how: string): ChildProcess => {
      const child = spawn(process.execPath, [script, how], { stdio: ['ignore', 'ignore', 'pipe'] });
      children.push(child);
      return child;
    };
    const all = ['lives', 'dies', 'lives', 'dies', 'lives'].map(rush);
    const ends = await Promise.all(all.map((child) => once(child, 'close')));
    expect(ends.map(([code, signal]) => code ?? signal)).toEqual([0, 'SIGKILL', 0, 'SIGKILL', 0]);
  });

  const trainArgs = (run: string): string[] => [
    ...['train', '--model', model, '--data', 'synthetic:classes=4,size=8,count=320'],
    ...['--batch-size', '32', '--workers', '0', '--epochs', '2000', '-o', run],
  ];

  /** Starts training, and waits until it has made a step. */
  async function training(run: string): Promise<ChildProcess> {
    const args = [cli.main, ...trainArgs(run), '--json'];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    children.push(child);
    await new Promise<void>((resolve) => {
      child.stdout?.on('data', (text: Buffer) => {
        if (text.toString().includes('"kind":"step"')) resolve();
      });
    });
    return child;
  }

  it('never train one run together', async () => {
    const run = join(folder, 'run');
    const child = await training(run);
    for (const args of [trainArgs(run), ['train', '--resume', run]]) {
      const second = await cli.run(args);
      expect(second.status).toBe(2);
      expect(second.stderr).toContain(`the run is being trained by process ${child.pid}`);
    }
    // Killed, it leaves the run to the next; one that resumes by itself waits for one that is about to end.
    child.kill('SIGKILL');
    await once(child, 'exit');
    const third = spawn(process.execPath, [cli.main, 'train', '--resume', run, '--json']);
    children.push(third);
    await once(third.stdout, 'data');
    setTimeout(() => third.kill('SIGINT'), 500);
    const fourth = await cli.run([
      ...trainArgs(run).slice(0, -4),
      '--epochs',
      '1',
      '-o',
      run,
      '--auto-resume',
    ]);
    expect(fourth).toMatchObject({ status: 0, stderr: '' });
    expect(readdirSync(run)).not.toContain('lock.json');
  });
});
