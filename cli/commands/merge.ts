import { rmdir } from 'node:fs/promises';
import type { Command } from 'commander';
import { ReparamError } from '../../src/errors.js';
import type { Objective } from '../../src/merge/index.js';
import { collect, objectiveOption } from '../arguments.js';
import { type Conversion, type Conversions, planConversions } from '../files/conversions.js';
import { checkWritable, refuseOverwriting } from '../files/outputs.js';
import type { MergeOutcome } from '../merge-file.js';
import { exitCodes, fail } from '../ui/failure.js';
import { mergeText } from '../ui/merge-text.js';
import { print, printJson } from '../ui/print.js';
import { stagedProgress } from '../ui/progress.js';

interface MergeOptions {
  readonly output?: string;
  readonly certificate?: string;
  readonly dryRun?: boolean;
  readonly objective: Objective;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly strict?: boolean;
  readonly verify: boolean;
  readonly externalData?: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
Each merged region is probed, and the written file is run against the original on seeded inputs; if they differ,
nothing is left on the disk.
What cannot be merged exactly stays as it is: see reparam inspect.

Exit codes:
  0  done
  1  the check of a result failed, or nothing was merged under --strict
  2  wrong usage or bad input
  3  something is missing on this machine

Examples:
  $ reparam merge model.onnx -o merged.onnx
  $ reparam merge model.onnx -o merged.onnx --certificate merged.json
  $ reparam merge models/ -o merged/
  $ reparam merge model.onnx --dry-run --objective size`;

const usage = (message: string): ReparamError => new ReparamError('usage', message);

async function planWrites(
  models: readonly string[],
  { output, dryRun, certificate }: MergeOptions,
): Promise<Conversions> {
  if (output === undefined && !dryRun) {
    throw usage('say where to write with -o OUT, or --dry-run to write nothing');
  }
  const plan = await planConversions(models, dryRun ? null : (output ?? null));
  if (dryRun) return plan;
  if (certificate !== undefined && plan.conversions.length > 1) {
    throw usage('--certificate names one file, but several models are merged');
  }
  const inputs = plan.conversions.map((conversion) => conversion.input);
  const outputs = plan.conversions.map((conversion) => conversion.output);
  const certificates = certificate === undefined ? [] : [certificate];
  await refuseOverwriting(inputs, [...outputs, ...certificates]);
  const toCheck = plan.createFolder ? certificates : [...outputs, ...certificates];
  for (const path of toCheck) await checkWritable(path);
  return plan;
}

async function mergeOne(
  { input, output }: Conversion,
  createFolder: boolean,
  options: MergeOptions,
): Promise<MergeOutcome> {
  const { mergeFile, planFile } = await import('../merge-file.js');
  const bars = stagedProgress(options.quiet);
  const fileOptions = {
    objective: options.objective,
    only: options.only ?? [],
    skip: options.skip ?? [],
    externalData: options.externalData ?? false,
    verify: options.verify,
    strict: options.strict ?? false,
    createFolder,
    certificate: options.certificate ?? null,
    onProgress: bars.update,
  };
  try {
    if (options.dryRun) return await planFile(input, fileOptions);
    return await mergeFile(input, output, fileOptions);
  } finally {
    bars.stop();
  }
}

async function merge(models: readonly string[], options: MergeOptions): Promise<void> {
  const { conversions, createFolder } = await planWrites(models, options);
  const outcomes: MergeOutcome[] = [];
  let worst: number = exitCodes.ok;
  for (const conversion of conversions) {
    try {
      const outcome = await mergeOne(conversion, createFolder, options);
      outcomes.push(outcome);
      if (!options.json && !options.quiet) print(mergeText(outcome));
      if (options.strict && outcome.regions.length === 0) {
        worst = Math.max(worst, exitCodes.checkFailed);
      }
    } catch (error) {
      // One bad file of a folder must not keep the others from being merged.
      worst = Math.max(worst, fail(error));
    }
  }
  // A folder that was made for nothing goes again.
  if (createFolder && outcomes.length === 0)
    await rmdir(options.output ?? '').catch(() => undefined);
  if (options.json) printJson({ results: outcomes });
  process.exitCode = worst;
}

export function addMerge(program: Command): void {
  program
    .command('merge')
    .summary('merge branches into single convolutions')
    .description('Merges every region that can be merged exactly, and verifies the result.')
    .argument('<MODEL...>', 'ONNX files, or folders of them')
    .option('-o, --output <path>', 'the file to write, or a folder for several models')
    .option('--certificate <file>', 'write what proves each merged region, as JSON')
    .option('--dry-run', 'only show what would be merged')
    .addOption(objectiveOption())
    .option('--only <region>', 'merge this region only, by id or output name; repeatable', collect)
    .option('--skip <region>', 'leave this region alone; repeatable', collect)
    .option('--strict', 'write nothing and exit with 1 when nothing can be merged')
    .option('--no-verify', 'do not run the written file, for models that onnxruntime cannot run')
    .option('--external-data', 'write the weights to a file of their own beside the model')
    .option('--json', 'print the outcome as JSON')
    .option('-q, --quiet', 'print errors only')
    .addHelpText('after', details)
    .action(merge);
}
