import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ReparamError } from '../../src/errors.js';
import { takeStudyFolder, threadsBefore } from '../../src/study/folder.js';
import { planStudy, withOverrides } from '../../src/study/plan.js';
import { parseStudy } from '../../src/study/read.js';
import type { Study } from '../../src/study/study.js';
import { markRun, readRecipe, writeRunRecipe } from '../../src/train/index.js';

const text = `
models: [resnet20, {name: slow, model: vgg11, lr: 0.05}]
methods: [baseline, {name: sgs, lr: 0.5}]
data: synthetic:classes=4
seeds: [3, 5]
recipe: {epochs: 8, lr: 0.2}
`;
const study = (changes: readonly (readonly [string, string])[] = []): Study =>
  parseStudy(
    changes.reduce((all, [from, to]) => all.replace(from, to), text),
    's.yaml',
  );

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'study-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('the plan of a study', () => {
  it('has every run once, whole comparisons first', () => {
    const tasks = planStudy(study(), '/s');
    expect(tasks.map(({ name }) => name)).toEqual([
      'resnet20-baseline-seed3',
      'resnet20-sgs-seed3',
      'slow-baseline-seed3',
      'slow-sgs-seed3',
      'resnet20-baseline-seed5',
      'resnet20-sgs-seed5',
      'slow-baseline-seed5',
      'slow-sgs-seed5',
    ]);
    expect(tasks[3]).toMatchObject({
      ...{ model: 'slow', method: 'sgs', data: 'synthetic', seed: 3 },
      recipeFile: join('/s', 'tasks', 'slow-sgs-seed3.json'),
      runDir: join('/s', 'runs', 'slow-sgs-seed3'),
      logFile: join('/s', 'logs', 'slow-sgs-seed3.log'),
    });
  });

  it('lets methods count more than models, and models more than the recipe', () => {
    const rates = planStudy(study(), '/s').map(({ recipe: { lr, seed, epochs } }) => [
      lr,
      seed,
      epochs,
    ]);
    expect(rates.slice(0, 4)).toEqual([
      [0.2, 3, 8],
      [0.5, 3, 8],
      [0.05, 3, 8],
      [0.5, 3, 8],
    ]);
    expect(rates[4]).toEqual([0.2, 5, 8]);
  });

  it('lets the command line count most', () => {
    const changed = withOverrides(study([['lr: 0.5', 'epochs: 4']]), {
      ...{ epochs: 1, data: 'cifar10:DIR', device: 'webgpu' as const },
    });
    for (const { recipe, data } of planStudy(changed, '/s')) {
      expect(recipe).toMatchObject({ epochs: 1, data: 'cifar10:DIR', device: 'webgpu' });
      expect(data).toBe('cifar10');
    }
    const none = study([['data: synthetic:classes=4', '']]);
    expect(() => withOverrides(none, {})).toThrow('the study names no data');
  });

  it('names the data where there are several, and only what files may be called', () => {
    const several = study([
      ['synthetic:classes=4', '[cifar10:DIR, {name: "my data/1", data: synthetic}]'],
    ]);
    expect(planStudy(several, '/s').map(({ name }) => name)).toEqual(
      expect.arrayContaining(['cifar10-resnet20-baseline-seed3', 'my-data-1-slow-sgs-seed5']),
    );
  });

  it('refuses names that files do not tell apart, and options that make no sense together', () => {
    const alike = study([['{name: slow,', '{name: ResNet20,']]);
    expect(() => planStudy(alike, '/s')).toThrow("would have the name 'ResNet20-baseline-seed3'");
    const senseless = study([['lr: 0.5', 'nesterov: true, momentum: 0']]);
    expect(() => planStudy(senseless, '/s')).toThrow('resnet20-sgs-seed3: nesterov needs momentum');
  });
});

describe("a study's folder", () => {
  const take = async (changed: Study, threads: number | null = null) => {
    const tasks = planStudy(changed, folder);
    const lock = await takeStudyFolder(folder, changed, tasks, threads);
    lock.release();
    return tasks;
  };

  it('holds what the tasks need', async () => {
    const tasks = await take(study(), 3);
    expect(readdirSync(folder).sort()).toEqual(['logs', 'runs', 'study.json', 'tasks']);
    for (const { recipe, recipeFile } of tasks) {
      expect(await readRecipe(recipeFile)).toEqual(recipe);
    }
    expect(JSON.parse(readFileSync(join(folder, 'study.json'), 'utf8'))).toMatchObject({
      ...{ name: 'study', baseline: 'baseline', seeds: [3, 5], threads: 3, source: text },
    });
    expect(await threadsBefore(folder)).toBe(3);
    expect(await threadsBefore(join(folder, 'none'))).toBeNull();
  });

  it('takes more runs and fewer, but no others in the place of those that have begun', async () => {
    const [first] = await take(study());
    if (!first) throw new Error('no tasks');
    await writeRunRecipe(first.runDir, first.recipe).catch(() => undefined);
    const begun = async () => {
      const { mkdir } = await import('node:fs/promises');
      await mkdir(first.runDir, { recursive: true });
      await writeRunRecipe(first.runDir, first.recipe);
      await markRun(first.runDir, 'finished');
    };
    await begun();
    await take(study([['seeds: [3, 5]', 'seeds: [3, 5, 6]']]));
    await take(study([['[baseline, {name: sgs, lr: 0.5}]', 'baseline']]));
    // Nothing of it has begun.
    await take(study([['lr: 0.5', 'lr: 0.6']]));
    await take(study([['epochs: 8', 'epochs: 8, workers: 0, keep: 1']]));
    for (const [change, message] of [
      [['lr: 0.2', 'lr: 0.3'], 'resnet20-baseline-seed3: lr was 0.2 and is 0.3'],
      [['epochs: 8', 'epochs: 9'], 'resnet20-baseline-seed3: epochs was 8 and is 9'],
      [['classes=4', 'classes=5'], 'data was "synthetic:classes=4" and is "synthetic:classes=5"'],
    ] as const) {
      await expect(take(study([change]))).rejects.toThrow(message);
    }
    expect(readdirSync(folder)).not.toContain('lock.json');
  });

  it('is no other folder', async () => {
    writeFileSync(join(folder, 'thesis.tex'), '');
    await expect(take(study())).rejects.toThrow('is not empty, and holds no study');
  });

  it('is one for one process', async () => {
    const tasks = planStudy(study(), folder);
    const lock = await takeStudyFolder(folder, study(), tasks, null);
    const second = takeStudyFolder(folder, study(), tasks, null);
    await expect(second).rejects.toThrow(
      `the study is being carried out by process ${process.pid}`,
    );
    await expect(second).rejects.toBeInstanceOf(ReparamError);
    lock.release();
    await take(study());
  });
});
