import type { Command } from 'commander';
import { inputError } from '../../src/errors.js';
import { checkWritable } from '../files/outputs.js';
import { writeStaged } from '../files/staging.js';
import { print, printJson } from '../ui/print.js';

interface ShowFlags {
  readonly html?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
Each number says what the gradient at this tap of the kernel is multiplied with; their mean is 1.

Exit codes:
  0  done
  2  wrong usage or bad input

Examples:
  $ reparam sgs show runs/a
  $ reparam sgs show runs/a --html scalings.html`;

async function show(run: string, flags: ShowFlags): Promise<void> {
  const { readRecipe, readRun, readScalings, runFiles } = await import('../../src/train/index.js');
  if (flags.html !== undefined) await checkWritable(flags.html);
  await readRun(run);
  const recipe = await readRecipe(runFiles(run).recipe);
  const records = readScalings(run);
  if (records.length === 0) {
    throw inputError(`${run} has used no scalings of gradients`, {
      at: run,
      hint:
        recipe.method === 'sgs'
          ? `they begin after epoch ${recipe.sgsStart ?? 0}`
          : `it was trained with --method ${recipe.method ?? 'baseline'}, not sgs`,
    });
  }
  const { html } = flags;
  if (html !== undefined) {
    const { scalingsHtml } = await import('../../src/report/index.js');
    const how = recipe.sgsLike
      ? `as branches of type ${recipe.sgsLike}`
      : `mutual information, estimator ${recipe.sgsEstimator}, k = ${recipe.sgsK}`;
    const page = scalingsHtml({ run, how, records });
    const { writeFile } = await import('node:fs/promises');
    await writeStaged([html], ([staged = '']) => writeFile(staged, page));
  }
  if (flags.json) printJson({ run, records });
  else if (!flags.quiet) {
    const { scalingsText } = await import('../ui/scalings-text.js');
    print(scalingsText(records));
  }
}

export function addSgs(program: Command): void {
  program
    .command('sgs')
    .summary('look into spatial gradient scaling')
    .description('What concerns runs with --method sgs.')
    .command('show')
    .summary('show the scalings of a run, by layer and time')
    .description('Shows the scalings of gradients that a run has used, by layer and time.')
    .argument('<RUN>', 'folder of the run')
    .option('--html <file>', 'draw them as heat maps on a self-contained page')
    .option('--json', 'print them as JSON')
    .option('-q, --quiet', 'print errors only')
    .addHelpText('after', details)
    .action(show);
}
