import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Tensor } from '../../src/tensor/index.js';
import {
  type Checkpoint,
  listCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from '../../src/train/checkpoint/index.js';
import { problemOf } from '../data/problems.js';

let run = '';
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'run-'));
});
afterEach(() => rmSync(run, { recursive: true }));

/** A checkpoint whose every number tells its step. */
function at(step: number): Checkpoint {
  const tensor = (length: number): Tensor =>
    Tensor.fromNumbers('float32', [length], new Float64Array(length).fill(step));
  return {
    step,
    epoch: Math.floor(step / 100),
    batch: step % 100,
    parameters: new Map([['weight', tensor(6)]]),
    state: new Map([['weight.momentum', tensor(6)]]),
    model: Uint8Array.of(step, 1, 2),
    extra: { seed: 7, best: 0.1 + 0.2, recipe: { lr: 0.1, '10': [null, 'ü'] } },
  };
}

const folderOf = (step: number): string => join(run, 'checkpoints', `step-0000000${step}`);
const names = (): string[] => readdirSync(join(run, 'checkpoints')).sort();
const steps = async (): Promise<number[]> => (await listCheckpoints(run)).map(({ step }) => step);

describe('writing and reading', () => {
  it('what was written is read, bit for bit', async () => {
    const path = await writeCheckpoint(run, at(5));
    expect(path).toBe(folderOf(5));
    expect(readdirSync(path).sort()).toEqual([
      'model.onnx',
      'optimizer.safetensors',
      'parameters.safetensors',
      'state.json',
    ]);
    expect(await readCheckpoint(run)).toEqual({ ...at(5), path });
  });

  it('without a model', async () => {
    await writeCheckpoint(run, { ...at(5), model: null });
    expect((await readCheckpoint(run)).model).toBeNull();
    expect(readdirSync(folderOf(5))).not.toContain('model.onnx');
  });

  it('the newest are kept, and the best', async () => {
    for (const step of [1, 2, 3, 4, 5]) {
      await writeCheckpoint(run, at(step), { keep: 2, best: step === 2 });
    }
    expect(names()).toEqual(['best', 'latest', 'step-00000002', 'step-00000004', 'step-00000005']);
    expect((await readCheckpoint(run)).step).toBe(5);
    expect((await readCheckpoint(run, 'best')).step).toBe(2);
    expect((await readCheckpoint(run, 4)).step).toBe(4);
    expect(
      (await listCheckpoints(run)).map(({ step, latest, best }) => [step, latest, best]),
    ).toEqual([
      [2, false, true],
      [4, false, false],
      [5, true, false],
    ]);
  });

  it('the same step again takes the place of the old one', async () => {
    await writeCheckpoint(run, at(1), { keep: 1 });
    await writeCheckpoint(run, { ...at(1), extra: { again: true } }, { keep: 1 });
    expect((await readCheckpoint(run)).extra).toEqual({ again: true });
    expect(names()).toEqual(['latest', 'step-00000001']);
  });

  it('a run taken up again before its end drops what came later, but for the best', async () => {
    for (const step of [1, 2, 3, 4]) await writeCheckpoint(run, at(step), { best: step === 3 });
    await writeCheckpoint(run, at(2));
    expect(await steps()).toEqual([2, 3]);
    expect((await readCheckpoint(run)).step).toBe(2);
  });

  it('a lost pointer leads to the newest', async () => {
    for (const step of [1, 2]) await writeCheckpoint(run, at(step));
    writeFileSync(join(run, 'checkpoints', 'latest'), '');
    expect((await readCheckpoint(run)).step).toBe(2);
    rmSync(folderOf(2), { recursive: true });
    expect((await readCheckpoint(run)).step).toBe(1);
  });

  it('numbers that JSON does not have are refused, and nothing is left', async () => {
    const bad = { ...at(1), extra: { best: Number.NEGATIVE_INFINITY } };
    await expect(writeCheckpoint(run, bad)).rejects.toThrow("no number -Infinity, which 'best' is");
    expect(names()).toEqual([]);
  });
});

describe('what cannot be read is named', () => {
  const problem = (which?: number | 'best'): Promise<string> =>
    problemOf(() => readCheckpoint(run, which)).then((text) => text.replaceAll(run, 'RUN'));
  const hint = (): Promise<string> =>
    readCheckpoint(run).then(
      () => 'none',
      (error) => error.hint,
    );

  it('no checkpoint, not that one', async () => {
    expect(await problem()).toBe('RUN has no checkpoint');
    await writeCheckpoint(run, at(1));
    expect(await problem('best')).toBe('RUN has no best checkpoint');
    expect(await problem(7)).toBe('RUN has no checkpoint of step 7');
  });

  it.each<[string, string, (path: string) => void]>([
    ['parameters.safetensors', 'bytes instead of', (path) => truncateSync(path, 50)],
    ['parameters.safetensors', 'no such file', (path) => rmSync(path)],
    ['optimizer.safetensors', 'bytes instead of', (path) => appendFileSync(path, 'a')],
    ['model.onnx', 'other content than was written', (path) => writeFileSync(path, 'abc')],
    ['state.json', 'is damaged', (path) => truncateSync(path, 20)],
    ['state.json', 'is damaged', (path) => truncateSync(path, 0)],
    [
      'state.json',
      'is damaged',
      (path) => writeFileSync(path, readFileSync(path, 'utf8').replace('"seed":7', '"seed":8')),
    ],
    ['state.json', 'is damaged', (path) => writeFileSync(path, 'null')],
    ['state.json', 'version 2', (path) => writeFileSync(path, '{"version":2}')],
  ])('%s: %s', async (file, expected, damage) => {
    for (const step of [1, 2, 3]) await writeCheckpoint(run, at(step));
    damage(join(folderOf(3), file));
    truncateSync(join(folderOf(2), 'model.onnx'), 1);
    const text = await problem();
    expect(text).toContain('the checkpoint RUN/checkpoints/step-00000003 is damaged: ');
    expect(text).toContain(file);
    expect(text).toContain(expected);
    expect(await hint()).toBe('the checkpoint of step 1 is whole and can be used instead');
    expect((await readCheckpoint(run, 1)).step).toBe(1);
  });

  it('none is whole', async () => {
    await writeCheckpoint(run, at(1));
    rmSync(join(folderOf(1), 'state.json'));
    expect(await hint()).toBe('no other checkpoint of this run is whole');
  });
});

describe('what a killed process leaves', () => {
  const hidden = (name: string): string => join(run, 'checkpoints', name);

  it('a folder that was never completed is removed by the next checkpoint', async () => {
    await writeCheckpoint(run, at(1));
    mkdirSync(hidden('.step-00000002.a'));
    copyFileSync(join(folderOf(1), 'model.onnx'), join(hidden('.step-00000002.a'), 'model.onnx'));
    expect(await steps()).toEqual([1]);
    await writeCheckpoint(run, at(3));
    expect(names()).toEqual(['latest', 'step-00000001', 'step-00000003']);
  });

  it('the old one of a step, moved away for the new one, still counts and gets its name back', async () => {
    await writeCheckpoint(run, at(1), { best: true });
    renameSync(folderOf(1), hidden('.step-00000001.a'));
    expect((await readCheckpoint(run)).step).toBe(1);
    await writeCheckpoint(run, at(2), { keep: 1 });
    expect(names()).toEqual(['best', 'latest', 'step-00000001', 'step-00000002']);
  });
});
