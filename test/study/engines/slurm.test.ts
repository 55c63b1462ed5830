import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { StudyEvent, StudyTask } from '../../../src/study/engines/engine.js';
import { slurmEngine, slurmFiles } from '../../../src/study/engines/slurm/index.js';
import { type SlurmOptions, timeLimit } from '../../../src/study/engines/slurm/options.js';
import { shellWord } from '../../../src/study/engines/slurm/quote.js';
import { readArrays, writeArrays } from '../../../src/study/engines/slurm/record.js';
import { parseStates } from '../../../src/study/engines/slurm/states.js';
import { writeTasks } from './tasks.js';

let folder = '';
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'reparam-slurm-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

const program = [process.execPath, "/opt/it's here/main.js"];
const newStudy = (name = 'study'): string => join(folder, String(count++), name);
const tasksIn = (study: string, names = ['one', 'two', 'three']): StudyTask[] =>
  writeTasks(study, names, { epochs: 3 });

async function scriptOf(study: string, slurm: SlurmOptions = {}): Promise<string> {
  const files = await slurmFiles(tasksIn(study), { program, slurm });
  return files?.script.text ?? '';
}

const directives = (script: string): string[] =>
  script.split('\n').flatMap((line) => /^#SBATCH (.*)/.exec(line)?.[1] ?? []);

describe('the batch script', () => {
  test('asks for one array of all tasks, and for what the options say', async () => {
    const study = newStudy();
    const said = directives(
      await scriptOf(study, {
        ...{ partition: 'gpu', account: 'vision', time: '12:00:00', gpus: 2, cpus: 8 },
        ...{ memory: '16G', maxParallel: 2, sbatchOptions: ['--constraint=a100', '-x node7'] },
      }),
    );
    expect(said[0]).toMatch(/^--job-name=reparam-study-[0-9a-f]{8}$/);
    expect(said.slice(1)).toEqual([
      '--array=0-2%2',
      `--chdir=${process.cwd()}`,
      `--output=${study}/slurm/array-1-%a.log`,
      ...['--ntasks=1', '--requeue', '--open-mode=append', '--signal=B:USR1@120'],
      ...['--partition=gpu', '--account=vision', '--time=12:00:00', '--gres=gpu:2'],
      ...['--cpus-per-task=8', '--mem=16G', '--constraint=a100', '-x node7'],
    ]);
  });

  test('leaves to the cluster what no option says', async () => {
    const said = directives(await scriptOf(newStudy()));
    expect(said).toContain('--array=0-2');
    expect(said.filter((line) => /partition|account|time|gres|cpus|mem/.test(line))).toEqual([]);
  });

  test('a short time limit is announced when three quarters of it are over', async () => {
    const said = directives(await scriptOf(newStudy(), { time: '4' }));
    expect(said).toContain('--signal=B:USR1@60');
  });

  test.each([
    ['30', 1800],
    ['30:15', 1815],
    ['2:00:00', 7200],
    ['1-12', 129_600],
    ['1-12:30', 131_400],
    ['2-00:00:01', 172_801],
    ['UNLIMITED', Number.POSITIVE_INFINITY],
  ])('%s is a time', (time, seconds) => expect(timeLimit(time)).toBe(seconds));

  test.each(['', '2h', '1-', '1:2:3:4', '-5'])("'%s' is none", (time) =>
    expect(() => timeLimit(time)).toThrow('no time that Slurm knows'),
  );

  test.each([
    ['constraint=a100', "'constraint=a100' is no option of sbatch"],
    ['--mem=1G\n#SBATCH --array=0', 'is no option of sbatch'],
    ['--array=0-5', '--array of sbatch is set by the study itself'],
    ['-J name', '-J of sbatch is set by the study itself'],
  ])('%j cannot be passed to sbatch', async (option, problem) => {
    await expect(scriptOf(newStudy(), { sbatchOptions: [option] })).rejects.toThrow(problem);
  });

  test('paths that Slurm cannot be told are refused', async () => {
    await expect(scriptOf(newStudy('back\\slash'))).rejects.toThrow('the path has a backslash');
    await expect(scriptOf(newStudy('two\nlines'))).rejects.toThrow('the path has a line break');
  });

  test('% and quotes in a path are not taken for what they are elsewhere', async () => {
    const study = newStudy(`50% "of" it`);
    const [output] = directives(await scriptOf(study)).filter((line) =>
      line.startsWith('--output'),
    );
    expect(output).toBe(`--output="${folder}/${count - 1}/50%% \\"of\\" it/slurm/array-1-%a.log"`);
  });

  test('any text is one word for the shell', () => {
    const words = fc.array(fc.string({ unit: fc.constantFrom(...`'"\\$\`! \t\n*~#;&a`) }), {
      minLength: 1,
      maxLength: 20,
    });
    fc.assert(
      fc.property(words, (texts) => {
        const { stdout } = spawnSync(
          'bash',
          ['-c', `printf '%s\\0' ${texts.map(shellWord).join(' ')}`],
          { encoding: 'utf8' },
        );
        expect(stdout.split('\0').slice(0, -1)).toEqual(texts);
      }),
      { numRuns: 30 },
    );
  });
});

/** What the batch script does with a program in the place of training that ends as told. */
describe('an array task', () => {
  async function runTask(how: string, env: NodeJS.ProcessEnv = {}) {
    const study = newStudy(`it's "a" study`);
    const tasks = tasksIn(study);
    const training = join(study, 'training.sh');
    const called = join(study, 'requeued');
    const script = join(study, 'script.sh');
    writeFileSync(training, `echo "$@"; run="$5"; ${how}\n`);
    const commands = fakeSlurm(study, { scontrol: `echo "$@" >> ${shellWord(called)}` });
    const files = await slurmFiles(tasks, { program: ['/bin/bash', training] });
    mkdirSync(join(study, 'slurm'));
    writeFileSync(script, files?.script.text ?? '');
    writeFileSync(files?.list.path ?? '', files?.list.text ?? '');
    const { status, stdout } = spawnSync('bash', [script], {
      encoding: 'utf8',
      env: {
        ...{ PATH: `${commands}:${process.env.PATH}`, SLURM_ARRAY_JOB_ID: '7' },
        ...{ SLURM_ARRAY_TASK_ID: '1', ...env },
      },
    });
    const log = readFileSync(tasks[1]?.logFile ?? '', 'utf8');
    let requeued = '';
    try {
      requeued = readFileSync(called, 'utf8');
    } catch {
      // It was not.
    }
    return { status, stdout, log, requeued, study };
  }

  const saving = 'mkdir -p "$run/checkpoints/step-1"';
  /** The script is the parent of training. */
  const timeIsUp = 'kill -USR1 $PPID; sleep 5 & wait';

  test('trains the run of its index, and ends as training does', async () => {
    const { status, log, requeued, study } = await runTask('exit 3');
    const args = `train --recipe ${study}/tasks/two.json -o ${study}/runs/two --auto-resume --json --threads 1`;
    expect({ status, log, requeued }).toEqual({ status: 3, log: `${args}\n`, requeued: '' });
  });

  test('saves when time is up, and goes back to the queue', async () => {
    const { status, requeued } = await runTask(`trap '${saving}; exit 143' TERM; ${timeIsUp}`);
    expect({ status, requeued }).toEqual({ status: 0, requeued: 'requeue 7_1\n' });
  });

  test('does not go round in circles when the time is too short for a step', async () => {
    const { status, stdout, requeued } = await runTask(`trap 'exit 143' TERM; ${timeIsUp}`);
    expect({ status, requeued }).toEqual({ status: 143, requeued: '' });
    expect(stdout).toContain('two: no step was made within the time limit');
  });

  test('killed by a signal from elsewhere, it goes back to the queue three times', async () => {
    const first = await runTask('kill -KILL $$');
    expect({ status: first.status, requeued: first.requeued }).toEqual({
      ...{ status: 0, requeued: 'requeue 7_1\n' },
    });
    const last = await runTask('kill -KILL $$', { SLURM_RESTART_COUNT: '3' });
    expect({ status: last.status, requeued: last.requeued }).toEqual({ status: 137, requeued: '' });
  });

  test('cancelled, it stays so', async () => {
    const { status, requeued } = await runTask('kill -TERM $PPID; sleep 0.3; kill -TERM $$');
    expect({ status, requeued }).toEqual({ status: 143, requeued: '' });
  });
});

/** A folder with commands in the place of Slurm's, each a line of shell. */
function fakeSlurm(study: string, commands: Readonly<Record<string, string>>): string {
  const bin = join(study, 'bin');
  mkdirSync(bin, { recursive: true });
  for (const [name, text] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/bash\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  return bin;
}

describe('the engine', () => {
  const events = async (tasks: readonly StudyTask[], signal?: AbortSignal) => {
    const seen: StudyEvent[] = [];
    const options = { program, ...(signal && { signal }) };
    for await (const event of slurmEngine.run(tasks, options)) seen.push(event);
    return seen;
  };

  /** Puts commands before all others. */
  function use(study: string, commands: Readonly<Record<string, string>>): void {
    vi.stubEnv('PATH', `${fakeSlurm(study, commands)}:${process.env.PATH}`);
  }

  const markFinished = (task: StudyTask): string =>
    `mkdir -p ${shellWord(task.runDir)}; echo '{"state":"finished","problem":null,"startedAt":1,"host":"other","pid":1}' > ${shellWord(join(task.runDir, 'run.json'))}`;

  const accountingOff = 'echo "Slurm accounting storage is disabled" >&2; exit 1';
  const forgotten = 'echo "slurm_load_jobs error: Invalid job id specified" >&2; exit 1';

  test('says where Slurm is missing', async () => {
    const tasks = tasksIn(newStudy());
    vi.stubEnv('PATH', folder);
    const run = events(tasks);
    await expect(run).rejects.toMatchObject({ code: 'environment' });
    await expect(run).rejects.toThrow('sbatch is not installed here');
  });

  test('says why Slurm refuses a job, and forgets it', async () => {
    const study = newStudy();
    const tasks = tasksIn(study);
    const line = 'sbatch: error: Batch job submission failed: Invalid partition name specified';
    use(study, { sbatch: `echo '${line}' >&2; exit 1` });
    const run = events(tasks);
    await expect(run).rejects.toMatchObject({ code: 'environment' });
    await expect(run).rejects.toThrow(
      'Slurm refused the job: Batch job submission failed: Invalid partition name specified',
    );
    expect(await readArrays(study)).toEqual([]);
  });

  test('submits what is not finished, and the run folders decide where Slurm has forgotten', async () => {
    const study = newStudy();
    const tasks = tasksIn(study);
    const [one, two, three] = tasks as [StudyTask, StudyTask, StudyTask];
    spawnSync('bash', ['-c', markFinished(one)]);
    writeFileSync(
      three.logFile,
      'error: cannot read data: no such file\nhint: look\n{"kind":"step"}\n',
    );
    use(study, {
      sbatch: `${markFinished(two)}; echo '41;cluster'`,
      squeue: forgotten,
      sacct: accountingOff,
    });
    expect(await events(tasks)).toEqual([
      { kind: 'note', text: 'submitted 2 runs as job 41' },
      { kind: 'task-start', task: 'two' },
      { kind: 'task-end', task: 'two', state: 'finished', problem: null },
      { kind: 'task-start', task: 'three' },
      {
        ...{ kind: 'task-end', task: 'three', state: 'failed' },
        problem: 'Slurm has forgotten the job: cannot read data: no such file',
      },
    ]);
    expect(readFileSync(join(study, 'slurm', 'array-1.tasks'), 'utf8')).toBe('two\nthree\n');
  });

  test('accounting says how tasks ended that the queue has forgotten', async () => {
    const study = newStudy();
    const tasks = tasksIn(study);
    const lines = ['9_0|OUT_OF_MEMORY|x|None', '9_[1-2%1]|CANCELLED by 0|x|None'];
    use(study, {
      sbatch: 'echo 9',
      squeue: forgotten,
      sacct: `printf '%s\\n' '${lines.join("' '")}'`,
    });
    const ends = (await events(tasks)).filter(({ kind }) => kind === 'task-end');
    expect(ends).toEqual([
      {
        ...{ kind: 'task-end', task: 'one', state: 'failed' },
        problem: 'the job needed more memory than it may have',
      },
      { kind: 'task-end', task: 'two', state: 'stopped', problem: 'the job was cancelled' },
      { kind: 'task-end', task: 'three', state: 'stopped', problem: 'the job was cancelled' },
    ]);
  });

  test('what a node lost is submitted again as long as it goes forward', async () => {
    const study = newStudy();
    const tasks = tasksIn(study, ['one']);
    const [one] = tasks as [StudyTask];
    const metrics = shellWord(join(one.runDir, 'metrics.jsonl'));
    const status = shellWord(join(one.runDir, 'run.json'));
    const running = `{"state":"running","problem":null,"startedAt":1,"host":"other","pid":1}`;
    // Every submission makes one step more, until the third makes none.
    const step = `n=$(($(wc -l < ${metrics}) + 1)); [ $n -gt 2 ] || echo "{\\"step\\":$n}" >> ${metrics}`;
    use(study, {
      sbatch: `mkdir -p ${shellWord(one.runDir)}; touch ${metrics}; echo '${running}' > ${status}; ls ${shellWord(join(study, 'slurm'))} | grep -c sbatch`,
      squeue: `${step}; for job in 1 2 3 4; do echo "$job|0|NODE_FAIL|x|None"; done`,
    });
    const seen = await events(tasks);
    const notes = seen.flatMap((event) => (event.kind === 'note' ? [event.text] : []));
    expect(notes).toEqual([
      'submitted 1 run as job 1',
      'one: a node failed',
      'submitted again as job 2: one',
    ]);
    expect(seen.at(-1)).toMatchObject({ state: 'failed', problem: 'a node failed' });
  });

  test('follows the jobs that are there, also one whose id it never heard', async () => {
    const study = newStudy();
    const tasks = tasksIn(study);
    mkdirSync(join(study, 'slurm'));
    await writeArrays(study, [
      { name: 'array-1', jobName: 'reparam-a', job: '5', tasks: ['one'] },
      { name: 'array-2', jobName: 'reparam-b', job: null, tasks: ['two'] },
      { name: 'array-3', jobName: 'reparam-c', job: '8', tasks: ['three'] },
    ]);
    use(study, {
      sbatch: 'echo 10',
      // Job 8 is somebody else's by now.
      squeue: `case "$*" in *--name=reparam-b*) echo 6;; *) printf '%s\\n' '5|0|RUNNING|reparam-a|None' '6|0|PENDING|reparam-b|Priority' '8|0|RUNNING|other|None' '10|0|PENDING|x|BadConstraints';; esac`,
    });
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 1500);
    expect(await events(tasks, controller.signal)).toEqual([
      { kind: 'note', text: '2 runs in job 5, 6 already' },
      { kind: 'note', text: 'submitted 1 run as job 10' },
      { kind: 'task-start', task: 'one' },
      { kind: 'note', text: 'Slurm lets tasks wait: BadConstraints' },
      {
        kind: 'note',
        text: 'the jobs go on: run the same command again to follow them, or end them with: scancel 5 6 10',
      },
    ]);
    expect((await readArrays(study)).map(({ job }) => job)).toEqual(['5', '6', '8', '10']);
  });

  test('submits nothing while it cannot know what is there already', async () => {
    const study = newStudy();
    const tasks = tasksIn(study);
    mkdirSync(join(study, 'slurm'));
    await writeArrays(study, [{ name: 'array-1', jobName: 'x', job: '5', tasks: ['one'] }]);
    use(study, {
      sbatch: 'echo 10',
      squeue:
        'echo "squeue: error: Unable to contact slurm controller (connect failure)" >&2; exit 1',
    });
    await expect(events(tasks)).rejects.toThrow(
      'Slurm does not answer: Unable to contact slurm controller (connect failure)',
    );
    expect(await readArrays(study)).toHaveLength(1);
  });

  test('a damaged record is said, not overwritten', async () => {
    const study = newStudy();
    const tasks = tasksIn(study);
    mkdirSync(join(study, 'slurm'));
    writeFileSync(join(study, 'slurm', 'job.json'), '{"arrays": [{"job": 5}]}');
    await expect(events(tasks)).rejects.toThrow('job.json is damaged');
  });
});

test('states by task, of the queue and of tasks that have not begun', () => {
  const states = parseStates(
    '3|0|RUNNING|n|None\n3|[2-3,7%2]|PENDING|n|Resources\nN/A|N/A|x|y|z\n',
  );
  expect([...states.keys()]).toEqual(['3_0', '3_2', '3_3', '3_7']);
  expect(states.get('3_7')).toEqual({ state: 'PENDING', reason: 'Resources', jobName: 'n' });
});
