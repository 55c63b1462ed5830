import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { ReparamError } from '../../src/errors.js';
import type { EngineOptions, Overrides, Study, StudyTask } from '../../src/study/index.js';
import type { TaskEnd, TaskResult } from '../../src/study/results.js';
import { parsePositive } from '../arguments.js';
import { interruptible } from '../interrupts.js';
import { addSlurmOptions, type SlurmFlags, slurmOptions } from '../slurm-options.js';
import { exitCodes } from '../ui/failure.js';
import { print, printError, printJson } from '../ui/print.js';

interface StudyFlags extends SlurmFlags {
  readonly output?: string;
  readonly engine: string;
  readonly jobs?: number;
  readonly threads?: number;
  readonly data?: string;
  readonly device?: string;
  readonly epochs?: string;
  readonly dryRun?: boolean;
  readonly schema?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
A study is a YAML or JSON file: every model is trained on all data by every method with every seed.

  name: cifar10
  data: cifar10:cifar-10-batches-bin
  models: [resnet20, {name: vgg11-slow, model: vgg11, lr: 0.05}]
  methods: [baseline, acb, dbb, dyrep, {name: sgs-paper, method: sgs, sgsEstimator: paper}, sgs]
  seeds: 3
  recipe: {epochs: 30, augment: 'crop=4,flip'}

Called again it goes on, also after kill -9: runs that have finished are not repeated, others go on from their last
checkpoint, failed ones are tried again. Runs may be added to the file or left out; a run that has begun keeps its options.
The folder holds report.md, report.json and report.html, and a folder for each run. With --engine slurm every run is a
task of a Slurm job array; the folder must be shared with the nodes.

Exit codes:
  0  all runs have finished
  1  a run failed or was stopped
  2  wrong usage or bad input
  3  something is missing on this machine
  130  interrupted: the same command goes on

Examples:
  $ reparam study study.yaml -o studies/cifar10
  $ reparam study study.yaml -o studies/cifar10 --threads 1
  $ reparam study study.yaml -o studies/quick --epochs 1 --dry-run
  $ reparam study study.yaml -o /shared/cifar10 --engine slurm --partition gpu --gpus 1 --time 4:00:00
  $ reparam study --schema > study.schema.json`;

/** Starts this program again. */
const program = [process.execPath, fileURLToPath(new URL('../main.js', import.meta.url))] as const;

async function overrides({ data, device, epochs }: StudyFlags): Promise<Overrides> {
  const { optionFromText } = await import('../../src/train/recipe/index.js');
  return {
    ...(data !== undefined && { data: optionFromText('data', data) }),
    ...(device !== undefined && { device: optionFromText('device', device) }),
    ...(epochs !== undefined && { epochs: optionFromText('epochs', epochs) }),
  };
}

/** A study that is to be carried out. */
interface Planned {
  readonly study: Study;
  readonly folder: string;
  readonly tasks: readonly StudyTask[];
  readonly options: EngineOptions;
}

/** Threads stay those that the study was begun with: with others, sums are rounded in another order. */
async function planned(file: string, folder: string, flags: StudyFlags): Promise<Planned> {
  const { planStudy, readStudy, threadsBefore, withOverrides } = await import(
    '../../src/study/index.js'
  );
  const { share } = await import('../../src/study/engines/index.js');
  const study = withOverrides(await readStudy(file), await overrides(flags));
  const before = flags.threads ?? (await threadsBefore(folder)) ?? undefined;
  const { jobs } = flags;
  const shares = share({
    ...(jobs !== undefined && { jobs }),
    ...(before !== undefined && { threads: before }),
  });
  const tasks = planStudy(study, folder);
  if (flags.engine !== 'slurm') return { study, folder, tasks, options: { program, ...shares } };
  const slurm = { threads: before ?? flags.cpus ?? 1, slurm: slurmOptions(flags) };
  return { study, folder, tasks, options: { program, ...slurm } };
}

const commandOf = ({ recipeFile, runDir }: StudyTask, { threads }: EngineOptions): string =>
  `reparam train --recipe ${recipeFile} -o ${runDir} --auto-resume${threads === undefined ? '' : ` --threads ${threads}`}`;

async function dryRun({ tasks, options }: Planned, flags: StudyFlags): Promise<void> {
  if (flags.engine !== 'slurm') {
    if (flags.json) return printJson({ tasks, ...options });
    return print(tasks.map((task) => commandOf(task, options)).join('\n'));
  }
  const { slurmFiles } = await import('../../src/study/engines/index.js');
  const files = await slurmFiles(tasks, options);
  if (flags.json) return printJson({ tasks, files });
  print(files === null ? 'all runs have finished' : files.script.text);
}

/** @returns the table of the study */
async function carryOut({ study, folder, tasks, options }: Planned, flags: StudyFlags) {
  const { studyEngines, takeStudyFolder, writeReports } = await import('../../src/study/index.js');
  const { readStatus } = await import('../../src/train/runs/index.js');
  const { StudyProgress } = await import('../ui/study-events.js');
  const engine = studyEngines.find(({ name }) => name === flags.engine) ?? studyEngines[0];
  const lock = await takeStudyFolder(folder, study, tasks, options.threads ?? null);
  try {
    const states = await Promise.all(tasks.map(({ runDir }) => readStatus(runDir)));
    const done = states.filter((status) => status?.state === 'finished').length;
    const progress = new StudyProgress(tasks, done);
    const ends = new Map<string, TaskEnd>();
    const report = () => writeReports(folder, study, tasks, ends);
    await interruptible(async (signal) => {
      for await (const event of engine.run(tasks, { ...options, signal })) {
        if (!flags.json && !flags.quiet) printError(progress.line(event));
        if (event.kind !== 'task-end') continue;
        ends.set(event.task, event);
        await report();
      }
      if (signal.aborted && !flags.quiet) printError('go on with the same command');
    });
    return await report();
  } finally {
    lock.release();
  }
}

async function study(file: string | undefined, flags: StudyFlags): Promise<void> {
  if (flags.schema) {
    const { studySchema } = await import('../../src/study/index.js');
    return printJson(studySchema());
  }
  const { output } = flags;
  if (file === undefined || output === undefined) {
    const what = file === undefined ? 'which study, as a file' : 'where everything is kept with -o';
    throw new ReparamError('usage', `say ${what}`, { hint: 'reparam study FILE -o FOLDER' });
  }
  const plan = await planned(file, resolve(output), flags);
  if (flags.dryRun) return dryRun(plan, flags);
  const table = await carryOut(plan, flags);
  if (flags.json) print((await readFile(join(plan.folder, 'report.json'), 'utf8')).trimEnd());
  else if (!flags.quiet) {
    const { studyText } = await import('../ui/study-text.js');
    print(`${studyText(table)}\n\n${output}: report.md, report.json, report.html`);
  }
  const isDone = table.runs.every(({ state }: TaskResult) => state === 'finished');
  if (!isDone && !process.exitCode) process.exitCode = exitCodes.checkFailed;
}

export function addStudy(commands: Command): void {
  const command = commands
    .command('study')
    .summary('compare methods of training')
    .description(
      'Trains models by several methods with several seeds, and compares them in one table.',
    )
    .argument('[FILE]', 'the study, in YAML or JSON')
    .option('-o, --output <folder>', 'where everything is kept')
    .addOption(
      new Option('--engine <name>', 'where runs are carried out')
        .choices(['local', 'slurm'])
        .default('local'),
    )
    .option('--jobs <count>', 'runs at the same time (local)', parsePositive)
    .option('--threads <count>', 'threads of a run', parsePositive)
    .option('--data <value>', "the data set and where it is, instead of the study's")
    .option('--device <name>', "where to compute, instead of the study's")
    .option('--epochs <count>', "how often all images are shown, instead of the study's")
    .option('--dry-run', 'print what would be run, and run nothing')
    .option('--schema', 'print a JSON Schema of study files')
    .option('--json', 'print report.json')
    .option('-q, --quiet', 'print errors only');
  addSlurmOptions(command);
  command.addHelpText('after', details).action(study);
}
