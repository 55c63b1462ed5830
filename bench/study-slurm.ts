/**
 * `npm run study:slurm`: a study of twelve small runs (two networks × two methods × three seeds) on a real Slurm of one
 * node, which it starts and stops itself, and by the local engine. On Slurm one task is killed and requeued in the middle,
 * and the study itself is killed and started again. Prints both tables, and fails unless every figure of every run that
 * no clock has measured is the same to the last bit.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { obstacle, type SlurmCluster, startSlurm } from '../fixtures/slurm-cluster.js';
import { isEpoch, readMetrics } from '../src/train/metrics/index.js';
import { runFiles } from '../src/train/runs/index.js';

const main = fileURLToPath(new URL('../cli/main.js', import.meta.url));
const seeds = 3;
const runs = ['resnet20', 'resnet32'].flatMap((model) =>
  ['baseline', 'acb'].flatMap((method) =>
    Array.from({ length: seeds }, (_, seed) => `${model}-${method}-seed${seed}`),
  ),
);
const killed = 'resnet20-acb-seed1';
const text = `name: slurm
data: synthetic:classes=4,size=8,count=320
models: [resnet20, resnet32]
methods: [baseline, acb]
seeds: ${seeds}
recipe: {epochs: 5, batchSize: 32, workers: 1, checkpointEvery: 0.5}
`;

interface Job {
  readonly study: string;
  readonly file: string;
  readonly env: NodeJS.ProcessEnv;
}

function start({ study, file, env }: Job, ...options: string[]): ChildProcess {
  const args = ['study', file, '-o', study, ...options];
  console.log(`\n$ reparam ${args.join(' ')}`);
  return spawn(process.execPath, [main, ...args], { env, stdio: 'inherit' });
}

async function finish(child: ChildProcess): Promise<void> {
  const [status] = await once(child, 'close');
  if (status !== 0) throw new Error(`the study ended with ${status}`);
}

const runDirOf = (study: string, run: string): string => join(study, 'runs', run);

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await pause(100);
}

const epochsOf = (runDir: string): number =>
  readMetrics(runFiles(runDir).metrics).filter(isEpoch).length;

/** Kills a task in the middle. Slurm puts it back into the queue, where it need not wait. */
async function killTask(study: string, slurm: SlurmCluster): Promise<void> {
  const runDir = runDirOf(study, killed);
  await until(() => epochsOf(runDir) > 0);
  const { pid } = JSON.parse(readFileSync(runFiles(runDir).status, 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  const { arrays } = JSON.parse(readFileSync(join(study, 'slurm', 'job.json'), 'utf8')) as {
    arrays: { job: string; tasks: string[] }[];
  };
  const [array] = arrays;
  const place = `${array?.job}_${array?.tasks.indexOf(killed)}`;
  console.log(`-- the process of ${killed} is killed after epoch ${epochsOf(runDir)}`);
  const state = () => slurm.run('squeue', '-h', '-t', 'all', '-j', place, '-o', '%T');
  await until(async () => (await state()) === 'PENDING');
  await slurm.hurry(place);
}

async function onSlurm(job: Job, slurm: SlurmCluster): Promise<void> {
  const watcher = start(job, '--engine', 'slurm');
  await killTask(job.study, slurm);
  console.log('-- the study is killed');
  watcher.kill('SIGKILL');
  await once(watcher, 'close');
  await finish(start(job, '--engine', 'slurm'));
}

/** What a clock or a machine has to do with. */
const measured = new Set(['seconds', 'stepSeconds', 'peakMemory', 'host', 'machine', 'startedAt']);

const unmeasured = (name: string, value: unknown): unknown => (measured.has(name) ? null : value);

/** The table of a study and every line of metrics of its runs, as texts. */
function figures(study: string): string[] {
  const report = JSON.parse(readFileSync(join(study, 'report.json'), 'utf8')) as {
    groups: unknown;
  };
  const lines = runs.flatMap((run) =>
    readMetrics(runFiles(runDirOf(study, run)).metrics).map((record) => ({ run, record })),
  );
  return [report.groups, ...lines].map((part) => JSON.stringify(part, unmeasured));
}

function compare(first: readonly string[], second: readonly string[]): void {
  const place = first.findIndex((line, index) => line !== second[index]);
  if (place < 0 && first.length === second.length) {
    const lines = first.length - 1;
    console.log(`\nthe tables and all ${lines} lines of metrics are the same, bit for bit`);
    return;
  }
  console.error(`\ndifferent:\n${first[place]}\n${second[place]}`);
  process.exitCode = 1;
}

async function compareEngines(folder: string, slurm: SlurmCluster): Promise<void> {
  const file = join(folder, 'study.yaml');
  writeFileSync(file, text);
  const job = { study: join(folder, 'on slurm'), file, env: slurm.env };
  const local = { ...job, study: join(folder, 'local') };
  await onSlurm(job, slurm);
  await finish(start(local, '--threads', '1'));
  for (const { study } of [job, local]) {
    console.log(`\n${readFileSync(join(study, 'report.md'), 'utf8')}`);
  }
  compare(figures(job.study), figures(local.study));
}

const reason = obstacle();
if (reason === null) {
  const folder = mkdtempSync(join(tmpdir(), 'reparam-study-'));
  const slurm = await startSlurm();
  try {
    await compareEngines(folder, slurm);
  } finally {
    await slurm.stop();
    rmSync(folder, { recursive: true, force: true });
  }
} else {
  console.error(`no Slurm can be started here: ${reason}`);
  process.exitCode = 3;
}
