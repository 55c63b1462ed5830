import type { Command } from 'commander';
import type { RecipeDifference, RunSummary } from '../../src/train/runs/index.js';
import { print, printJson } from '../ui/print.js';

interface RunsFlags {
  readonly json?: boolean;
}

const details = `
Of several runs, the options in which they differ are shown too.

Exit codes:
  0  done
  2  wrong usage or bad input

Examples:
  $ reparam runs runs/
  $ reparam runs runs/a runs/b
  $ reparam runs --json | jq '.runs[].bestAccuracy'`;

async function runs(folders: readonly string[], flags: RunsFlags): Promise<void> {
  const { compareRecipes, listRuns } = await import('../../src/train/runs/index.js');
  const found: RunSummary[] = [];
  for (const folder of folders.length > 0 ? folders : ['runs']) {
    found.push(...(await listRuns(folder)));
  }
  const differences: RecipeDifference[] = found.length > 1 ? compareRecipes(found) : [];
  if (flags.json) return printJson({ runs: found, differences });
  const { runsText } = await import('../ui/runs-text.js');
  print(runsText(found, differences));
}

export function addRuns(program: Command): void {
  program
    .command('runs')
    .summary('list and compare runs')
    .description('Lists the runs in folders, or compares single runs.')
    .argument('[FOLDER...]', 'folders of runs, or runs', undefined)
    .option('--json', 'print everything as JSON')
    .addHelpText('after', details)
    .action(runs);
}
