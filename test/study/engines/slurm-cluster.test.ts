import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { obstacle, type SlurmCluster, startSlurm } from '../../../fixtures/slurm-cluster.js';
import type { StudyEvent, StudyTask } from '../../../src/study/engines/engine.js';
import { slurmEngine } from '../../../src/study/engines/slurm/index.js';
import { readArrays } from '../../../src/study/engines/slurm/record.js';
import { type BuiltCli, buildCli } from '../../cli/cli.js';
import { writeTasks } from './tasks.js';

/** Why there is no cluster: it is not installed, or does not start here. */
async function cluster(): Promise<SlurmCluster | string> {
  const reason = obstacle();
  if (reason !== null) return reason;
  return startSlurm().catch((error: Error) => `does not start: ${error.message}`);
}

const slurm = await cluster();
const reason = typeof slurm === 'string' ? ` (${slurm})` : '';

describe.skipIf(typeof slurm === 'string')(`a real Slurm of one node${reason}`, () => {
  const { env, run, hurry, stop } = slurm as SlurmCluster;
  let cli: BuiltCli;
  let folder = '';
  let recipe = {};

  beforeAll(() => {
    vi.stubEnv('PATH', env.PATH);
    vi.stubEnv('SLURM_CONF', env.SLURM_CONF);
    cli = buildCli();
    folder = mkdtempSync(join(tmpdir(), 'reparam-study-'));
    // Tasks must still run when the end of their first epoch has been heard of.
    recipe = {
      ...{ model: 'resnet20', data: 'synthetic:classes=4,size=8,count=320', batchSize: 32 },
      ...{ workers: 1, epochs: 12, checkpointEvery: 0.5 },
    };
  });

  afterAll(async () => {
    await stop();
    vi.unstubAllEnvs();
    cli.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const program = (): string[] => [process.execPath, cli.main];

  /** Metrics of a run but for times and memory. */
  const figures = (runDir: string): unknown[] =>
    readFileSync(join(runDir, 'metrics.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => ({ ...JSON.parse(line), seconds: 0, stepSeconds: 0, peakMemory: 0 }));

  const pidOf = (runDir: string): number =>
    JSON.parse(readFileSync(join(runDir, 'run.json'), 'utf8')).pid;

  /** The batch script is the parent of training. */
  const scriptOf = (runDir: string): number =>
    Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pidOf(runDir)}/status`, 'utf8'))?.[1]);

  const jobOf = async (study: string): Promise<string> =>
    (await readArrays(study)).at(-1)?.job ?? '';

  /** Lets a task that goes back to the queue begin again at once. */
  async function resume(task: string): Promise<void> {
    for (;;) {
      const state = await run('squeue', '-h', '-t', 'all', '-j', task, '-o', '%T');
      if (state === 'PENDING') return hurry(task);
      await pause(100);
    }
  }

  test('tasks that are killed, requeued or out of time end as if nothing had happened', async () => {
    const study = join(folder, `a "study" of 100%, it's here`);
    const names = ['requeued', 'killed', 'out-of-time', 'cancelled', 'failing'];
    const tasks = writeTasks(study, names, recipe);
    // No such file.
    const failing = writeTasks(study, names, { ...recipe, model: join(folder, 'none.onnx') })[4];
    writeTasks(study, names.slice(0, 4), recipe);
    const all = [...tasks.slice(0, 4), failing as StudyTask];
    const interrupts: Record<string, (place: string) => Promise<unknown>> = {
      requeued: (place) => run('scontrol', 'requeue', place),
      killed: async () => process.kill(pidOf(join(study, 'runs', 'killed')), 'SIGKILL'),
      // What Slurm does shortly before the limit.
      'out-of-time': async () =>
        process.kill(scriptOf(join(study, 'runs', 'out-of-time')), 'SIGUSR1'),
      cancelled: (place) => run('scancel', place),
    };
    const events: StudyEvent[] = [];
    const done = new Set<string>();
    const again: Promise<void>[] = [];
    for (const round of [1, 2]) {
      // The first watcher leaves while tasks run, and another one takes its place.
      const controller = new AbortController();
      const options = { program: program(), signal: controller.signal, slurm: { time: '30' } };
      for await (const event of slurmEngine.run(all, options)) {
        events.push(event);
        if (event.kind !== 'task-epoch' || done.has(event.task)) continue;
        done.add(event.task);
        const place = `${await jobOf(study)}_${names.indexOf(event.task)}`;
        await interrupts[event.task]?.(place);
        if (event.task !== 'cancelled') again.push(resume(place));
        if (round === 1 && done.size === 2) controller.abort();
      }
    }
    await Promise.all(again);
    expect(await readArrays(study)).toHaveLength(1);
    const ends = events.filter((event) => event.kind === 'task-end');
    expect(Object.fromEntries(ends.map(({ task, state }) => [task, state]))).toEqual({
      requeued: 'finished',
      killed: 'finished',
      'out-of-time': 'finished',
      cancelled: 'stopped',
      failing: 'failed',
    });
    const compared = tasks.slice(0, 3).map(async ({ name, recipeFile, runDir }) => {
      const alone = join(folder, `alone-${name}`);
      const args = ['train', '--recipe', recipeFile, '-o', alone, '--json', '--threads', '1'];
      expect(await cli.run(args)).toMatchObject({ status: 0, stderr: '' });
      expect(figures(runDir)).toEqual(figures(alone));
    });
    await Promise.all(compared);
  }, 180_000);
});
