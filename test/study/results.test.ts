import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { StudyTask } from '../../src/study/engines/engine.js';
import { readResults, type TaskEnd } from '../../src/study/results.js';
import { epochRecord, taskIn, writeRun } from './samples.js';

let folder = '';
let task: StudyTask;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'results-'));
  task = taskIn(folder, 'acb', 1);
});
afterEach(() => rmSync(folder, { recursive: true }));

const two = [
  epochRecord(1, { valAccuracy: 0.6, stepSeconds: 0.01, peakMemory: 3e8, seconds: 4 }),
  epochRecord(2, { valAccuracy: 0.5, stepSeconds: 0.03, peakMemory: 2e8, seconds: 5 }),
];

async function read(end?: TaskEnd) {
  const ends = new Map(end ? [[task.name, end]] : []);
  const [result] = await readResults([task], ends);
  return result!;
}

describe('what became of a task', () => {
  it('is read from its folder and its log', async () => {
    writeRun(task, { state: 'finished' }, two);
    const events = [
      { kind: 'start', parameters: 1234 },
      { kind: 'start', parameters: 5678 },
    ];
    const lines = events.map((event) => JSON.stringify(event));
    writeFileSync(task.logFile, ['warning: something', '{torn', ...lines].join('\n'));
    expect(await read()).toEqual({
      ...{ task: 'small-acb-seed1', model: 'small', method: 'acb', data: 'images', seed: 1 },
      state: 'finished',
      problem: null,
      epochsPlanned: 2,
      epochs: two,
      bestAccuracy: 0.6,
      lastAccuracy: 0.5,
      stepSeconds: 0.02,
      peakMemory: 3e8,
      seconds: 9,
      parameters: 1234,
      host: 'there',
    });
  });

  it('is known of runs of before steps and memory were measured', async () => {
    const old = two.map(({ stepSeconds, peakMemory, ...record }) => record);
    writeRun(task, { state: 'finished' }, old);
    expect(await read()).toMatchObject({
      ...{ state: 'finished', bestAccuracy: 0.6 },
      ...{ stepSeconds: null, peakMemory: null, parameters: null },
    });
  });

  it('is waiting where there is no run, and failed where the engine saw it fail', async () => {
    expect(await read()).toMatchObject({ state: 'waiting', problem: null, seconds: 0, epochs: [] });
    const end = { state: 'failed', problem: 'no such data' } as const;
    expect(await read(end)).toMatchObject(end);
  });

  it('is what the run says, with its reason', async () => {
    writeRun(task, { state: 'failed', problem: 'the loss is NaN' }, two.slice(0, 1));
    const failed = { state: 'failed', problem: 'the loss is NaN', lastAccuracy: 0.6 };
    expect(await read()).toMatchObject(failed);
    expect(await read({ state: 'failed', problem: 'exit code 1' })).toMatchObject(failed);
  });

  it('is what the engine says of a run that could not tell', async () => {
    writeRun(task, { state: 'running' }, two.slice(0, 1));
    expect(await read()).toMatchObject({ state: 'running' });
    const end = { state: 'failed', problem: 'out of memory' } as const;
    expect(await read(end)).toMatchObject(end);
  });

  it('is finished whatever the engine saw', async () => {
    writeRun(task, { state: 'finished' }, two);
    const end = { state: 'failed', problem: 'lost sight of it' } as const;
    expect(await read(end)).toMatchObject({ state: 'finished', problem: null });
  });

  it('is stopped where epochs of the plan are missing', async () => {
    writeRun(task, { state: 'finished' }, two.slice(0, 1));
    expect(await read()).toMatchObject({ state: 'stopped', problem: '1 of 2 epochs are done' });
  });

  it('is known up to a torn last line', async () => {
    writeRun(task, { state: 'stopped' }, `${JSON.stringify(two[0])}\n{"kind":"epo`);
    expect(await read()).toMatchObject({ state: 'stopped', problem: null, epochs: [two[0]] });
  });

  it('is failed where its figures are damaged', async () => {
    writeRun(
      task,
      { state: 'finished' },
      `${JSON.stringify(two[0])}\nrubbish\n${JSON.stringify(two[1])}\n`,
    );
    const result = await read();
    expect(result).toMatchObject({ state: 'failed', epochs: [], lastAccuracy: null });
    expect(result.problem).toContain('metrics.jsonl is damaged');
  });

  it('is not finished where its state is damaged', async () => {
    writeRun(task, '{"state": "fini', two);
    const result = await read();
    expect(result.state).toBe('stopped');
    expect(result.problem).toContain('run.json is damaged');
  });
});
