import type { Command } from 'commander';
import { checkWritable } from '../files/outputs.js';
import { writeStaged } from '../files/staging.js';
import { checkpointModel, checkpointOption, type Which } from '../run-arguments.js';
import { print, printJson } from '../ui/print.js';
import { stagedProgress } from '../ui/progress.js';

interface ExportFlags {
  readonly output: string;
  readonly checkpoint: Which;
  readonly certificate?: string;
  readonly merge: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
The trained model is merged as reparam merge does it (batch norms and branches become single convolutions) and verified
against the checkpoint; if they differ, nothing is left on the disk. Where running averages of the weights were kept
(--ema), they are what is exported.

Exit codes:
  0  done
  1  the merged model differs from the trained one
  2  wrong usage or bad input
  3  something is missing on this machine

Examples:
  $ reparam export runs/a -o model.onnx
  $ reparam export runs/a -o model.onnx --checkpoint latest --certificate model.json
  $ reparam export runs/a -o model.onnx --no-merge`;

async function exportRun(run: string, flags: ExportFlags): Promise<void> {
  const { output, certificate = null } = flags;
  await checkWritable(output);
  if (certificate !== null) await checkWritable(certificate);
  const { path, bytes } = await checkpointModel(run, flags.checkpoint);
  if (!flags.merge) {
    const { writeFile } = await import('node:fs/promises');
    await writeStaged([output], ([staged = '']) => writeFile(staged, bytes));
    if (flags.json) printJson({ run, checkpoint: path, output, merged: [] });
    else if (!flags.quiet) print(`${path} → ${output}`);
    return;
  }
  const { mergeFile } = await import('../merge-file.js');
  const { mergeText } = await import('../ui/merge-text.js');
  const bars = stagedProgress(flags.quiet);
  const options = {
    objective: 'macs',
    only: [],
    skip: [],
    externalData: false,
    verify: true,
    strict: false,
    createFolder: false,
    certificate,
    onProgress: bars.update,
  } as const;
  const outcome = await mergeFile(path, output, options).finally(() => bars.stop());
  if (flags.json) printJson({ run, checkpoint: path, ...outcome });
  else if (!flags.quiet) print(mergeText(outcome));
}

export function addExport(program: Command): void {
  program
    .command('export')
    .summary('write the model of a run, merged and verified')
    .description('Writes the trained model of a run as an ONNX file that is ready to deploy.')
    .argument('<RUN>', 'folder of the run')
    .requiredOption('-o, --output <path>', 'the file to write')
    .addOption(checkpointOption())
    .option('--certificate <file>', 'write what proves each merged region, as JSON')
    .option('--no-merge', 'write the model as it was trained')
    .option('--json', 'print the outcome as JSON')
    .option('-q, --quiet', 'print errors only')
    .addHelpText('after', details)
    .action(exportRun);
}
