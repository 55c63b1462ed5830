import type { Command } from 'commander';
import { ReparamError } from '../../src/errors.js';
import type { StartEvent, TrainEvent } from '../../src/train/loop/events.js';
import type { Recipe, RecipeName } from '../../src/train/recipe/index.js';
import { parseCount } from '../arguments.js';
import { interruptible } from '../interrupts.js';
import { listenToParent } from '../parent.js';
import { addRecipeFlags, recipeFrom } from '../recipe-flags.js';
import { print, printError } from '../ui/print.js';

interface TrainFlags extends Readonly<Record<string, unknown>> {
  readonly output?: string;
  readonly recipe?: string;
  readonly resume?: string;
  readonly autoResume?: boolean;
  readonly threads?: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
Every option can stand in a recipe file (YAML or JSON, names without dashes: batchSize); flags override it.

The run's folder holds recipe.json, metrics.jsonl, TensorBoard events and checkpoints. Ctrl-C finishes the step and
saves; --resume RUN goes on with the same results, bit for bit, as if the run had never stopped, also after kill -9.
With --auto-resume, one command begins a run, goes on with it, and does nothing once it is finished: what schedulers need.
No two processes train one run: the second is refused, and with --auto-resume waits for the first to leave.

Exit codes:
  0  done
  1  the loss became infinite or no number
  2  wrong usage or bad input
  3  something is missing on this machine
  130  interrupted, and saved

Examples:
  $ reparam train --model resnet20 --data cifar10:cifar-10-batches-bin --epochs 30 --augment crop=4,flip -o runs/a
  $ reparam train --model model.onnx --data imagefolder:photos --freeze 'backbone*' -o runs/b
  $ reparam train --model resnet20 --data cifar10:cifar-10-batches-bin --method sgs --epochs 30 -o runs/d
  $ reparam train --recipe recipe.yaml --lr 0.05 -o runs/c
  $ reparam train --recipe recipe.yaml --engine tfjs -o runs/e
  $ reparam train --resume runs/c`;

async function recipeToRun(flags: TrainFlags): Promise<Recipe> {
  const { changeableOptions, completeRecipe, flagName, readRecipe, runFiles, readRun } =
    await import('../../src/train/index.js');
  const given = await recipeFrom(flags);
  if (flags.autoResume && flags.resume !== undefined) {
    throw new ReparamError('usage', '--auto-resume and --resume exclude each other', {
      hint: 'the one goes with -o RUN and begins a run where there is none',
    });
  }
  if (flags.resume === undefined) {
    return completeRecipe(flags.recipe === undefined ? {} : await readRecipe(flags.recipe), given);
  }
  const fixed = (Object.keys(given) as RecipeName[]).find(
    (name) => !changeableOptions.includes(name),
  );
  if (fixed || flags.recipe !== undefined || flags.output !== undefined) {
    const what = fixed ? flagName(fixed) : flags.recipe === undefined ? '-o' : '--recipe';
    throw new ReparamError('usage', `${what} cannot change when a run goes on`, {
      hint: `what can is ${changeableOptions.map(flagName).join(', ')}`,
    });
  }
  await readRun(flags.resume);
  return completeRecipe(await readRecipe(runFiles(flags.resume).recipe), given);
}

/** Draws the events of a run. */
async function presenter(flags: TrainFlags, { batchSize, accumulate }: Recipe) {
  const { epochText, placementText, scalingText, startText, surgeryText, TrainBar } = await import(
    '../ui/train-text.js'
  );
  const bar = new TrainBar(flags.quiet === true || flags.json === true);
  let start: StartEvent | null = null;
  const line = (text: string | null): void => {
    bar.clear();
    if (text !== null && !flags.quiet) print(text);
  };
  const show = (event: TrainEvent): void => {
    if (flags.json) print(JSON.stringify(event));
    else if (event.kind === 'start') {
      start = event;
      line(startText(event));
    } else if (event.kind === 'step' && start) bar.show(event, start, batchSize * accumulate);
    else if (event.kind === 'placement') line(placementText(event));
    else if (event.kind === 'epoch') line(epochText(event, start?.epochs ?? 0));
    else if (event.kind === 'scalings') line(scalingText(event));
    else if (event.kind === 'surgery') line(surgeryText(event));
    else if (event.kind === 'end' && event.state === 'stopped') {
      line(`stopped after step ${event.step}, and saved`);
    }
  };
  return { show, clear: () => bar.clear() };
}

async function train(flags: TrainFlags): Promise<void> {
  const folder = flags.resume ?? flags.output;
  if (folder === undefined) {
    throw new ReparamError('usage', 'say in which folder the run is kept with -o RUN');
  }
  const recipe = await recipeToRun(flags);
  const { train: events } = await import('../../src/train/index.js');
  const { show, clear } = await presenter(flags, recipe);
  const parent = listenToParent();
  await interruptible(async (interrupt) => {
    const signal = parent ? AbortSignal.any([interrupt, parent.gone]) : interrupt;
    const options = {
      signal,
      resume: flags.autoResume ? ('auto' as const) : flags.resume !== undefined,
      ...(flags.threads !== undefined && { threads: flags.threads }),
    };
    try {
      for await (const event of events(folder, recipe, options)) {
        show(event);
        if (event.kind === 'epoch') parent?.tell(event);
      }
    } finally {
      clear();
    }
    if (signal.aborted && !flags.quiet) {
      printError(`go on with: reparam train --resume ${folder}`);
    }
  });
}

export function addTrain(program: Command): void {
  const command = program
    .command('train')
    .summary('train a model')
    .description(
      'Trains a built-in network or an ONNX file; every step is one run of one ONNX graph, unless --engine says otherwise.',
    )
    .option('-o, --output <run>', 'folder of the run')
    .option('--recipe <file>', 'options from a YAML or JSON file')
    .option('--resume <run>', 'go on with a run')
    .option(
      '--auto-resume',
      'go on with the run in the folder of -o, begin one where there is none, do nothing where it is finished',
    )
    .option('--threads <count>', 'threads an operator may use', parseCount)
    .option('--json', 'print every event as a line of JSON')
    .option('-q, --quiet', 'print errors only');
  addRecipeFlags(command);
  command.addHelpText('after', details).action(train);
}
