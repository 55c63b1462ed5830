import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StudyEvent, StudyTask } from '../../../src/study/engines/engine.js';
import { localEngine } from '../../../src/study/engines/local/index.js';
import { share } from '../../../src/study/engines/local/share.js';
import { writeTasks } from './tasks.js';

let study = '';
let program: string[] = [];
beforeEach(() => {
  study = mkdtempSync(join(tmpdir(), 'local-'));
  const script = join(study, 'train.mjs');
  writeFileSync(script, stub);
  program = [process.execPath, script];
});
afterEach(() => rmSync(study, { recursive: true, force: true }));

/** Stands for `reparam train`: what it does is its run's name. */
const stub = `
import fs from 'node:fs';
import path from 'node:path';
const run = process.argv[process.argv.indexOf('-o') + 1];
const does = path.basename(run).split('-')[0];
fs.mkdirSync(run, { recursive: true });
fs.writeFileSync(path.join(run, 'args'), process.argv.slice(2).join(' '));
const mark = (state, problem = null) => fs.writeFileSync(path.join(run, 'run.json'),
  JSON.stringify({ state, problem, startedAt: 1, host: 'here', pid: process.pid }));
const end = (code) => { process.exitCode = code; process.disconnect?.(); };
const epoch = { kind: 'epoch', step: 5, epoch: 1, seconds: 1, trainLoss: 1, trainAccuracy: 1, valLoss: 1, valAccuracy: 0.5 };
if (does === 'good') {
  mark('running');
  process.send(epoch);
  process.send({ kind: 'step', step: 6 });
  mark('finished');
  end(0);
} else if (does === 'bad') {
  console.error('error: the loss became infinite\\nhint: lower the rate');
  mark('failed', 'the loss became infinite');
  end(1);
} else if (does === 'unprepared') {
  console.error('error: cannot read the data');
  end(2);
} else if (does === 'silent') end(7);
else if (does === 'killed') process.kill(process.pid, 'SIGKILL');
else if (does === 'early') process.kill(process.pid, 'SIGINT');
else {
  mark('running');
  process.on('disconnect', () => { fs.writeFileSync(path.join(run, 'orphaned'), ''); process.exit(1); });
  process.on('SIGINT', () => { mark('stopped'); process.exit(130); });
  setInterval(() => {}, 1000);
  process.send(epoch);
}
`;

const tasksNamed = (...names: string[]): StudyTask[] => writeTasks(study, names, {});

async function events(tasks: readonly StudyTask[], jobs = 1): Promise<StudyEvent[]> {
  const seen: StudyEvent[] = [];
  for await (const event of localEngine.run(tasks, { program, jobs, threads: 3 })) seen.push(event);
  return seen;
}

describe('the local engine', () => {
  it('tells what happens to a run, once', async () => {
    const [task] = tasksNamed('good-1');
    const found = await events([task!]);
    expect(found).toEqual([
      { kind: 'task-start', task: 'good-1' },
      { kind: 'task-epoch', task: 'good-1', epoch: 1, epochs: task!.recipe.epochs, accuracy: 0.5 },
      { kind: 'task-end', task: 'good-1', state: 'finished', problem: null },
    ]);
    const { recipeFile, runDir } = task!;
    expect(readFileSync(join(runDir, 'args'), 'utf8')).toBe(
      `train --recipe ${recipeFile} -o ${runDir} --auto-resume --json --threads 3`,
    );
    expect(await events([task!])).toEqual([]);
  });

  it.each([
    ['bad-1', 'the loss became infinite'],
    ['unprepared-1', 'cannot read the data'],
    ['silent-1', 'training ended with code 7'],
    ['killed-1', 'killed by SIGKILL, as happens where memory runs out'],
  ])('says why %s failed', async (name, problem) => {
    // What an earlier try has logged says nothing about this one.
    const tasks = tasksNamed(name);
    writeFileSync(tasks[0]!.logFile, 'error: long ago\n');
    expect((await events(tasks)).at(-1)).toEqual({
      ...{ kind: 'task-end', task: name, state: 'failed', problem },
    });
  });

  it('says that a program is missing', async () => {
    program = [join(study, 'missing')];
    const [, end] = await events(tasksNamed('good-1'));
    expect(end).toMatchObject({ state: 'failed', problem: expect.stringContaining('ENOENT') });
  });

  it('carries out several runs at a time, and all of them', async () => {
    const tasks = tasksNamed('good-1', 'bad-2', 'good-3', 'silent-4', 'good-5');
    const found = await events(tasks, 2);
    const ends = found.filter((event) => event.kind === 'task-end');
    expect(new Set(ends.map(({ task }) => task))).toEqual(new Set(tasks.map(({ name }) => name)));
    expect(found.slice(0, 2).map(({ kind }) => kind)).toEqual(['task-start', 'task-start']);
  });

  it('interrupts runs once, and begins no other', async () => {
    const controller = new AbortController();
    const tasks = tasksNamed('endless-1', 'good-2');
    const found: StudyEvent[] = [];
    const options = { program, jobs: 1, signal: controller.signal };
    for await (const event of localEngine.run(tasks, options)) {
      found.push(event);
      if (event.kind === 'task-epoch') controller.abort();
    }
    const stopped = { kind: 'task-end', task: 'endless-1', state: 'stopped', problem: null };
    expect(found.at(-1)).toEqual(stopped);
    expect(existsSync(tasks[1]!.runDir)).toBe(false);
  });

  it('counts a run that was interrupted before it listened as stopped', async () => {
    expect((await events(tasksNamed('early-1'))).at(-1)).toMatchObject({ state: 'stopped' });
  });

  it('leaves no run behind when nobody wants to know more', async () => {
    const tasks = tasksNamed('endless-1', 'endless-2');
    let epochs = 0;
    for await (const event of localEngine.run(tasks, { program, jobs: 2 })) {
      if (event.kind === 'task-epoch') epochs++;
      if (epochs === 2) break;
    }
    for (const { runDir } of tasks) {
      const { pid, state } = JSON.parse(readFileSync(join(runDir, 'run.json'), 'utf8'));
      expect(state).toBe('stopped');
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    }
  });
});

it('shares the cores among runs', () => {
  expect(share({}, 8)).toEqual({ jobs: 1, threads: 8 });
  expect(share({ threads: 1 }, 8)).toEqual({ jobs: 8, threads: 1 });
  expect(share({ threads: 3 }, 8)).toEqual({ jobs: 2, threads: 3 });
  expect(share({ threads: 9 }, 8)).toEqual({ jobs: 1, threads: 9 });
  expect(share({ jobs: 3 }, 8)).toEqual({ jobs: 3, threads: 2 });
  expect(share({ jobs: 9 }, 8)).toEqual({ jobs: 9, threads: 1 });
  expect(share({ jobs: 2, threads: 8 }, 8)).toEqual({ jobs: 2, threads: 8 });
});
