import { type Command, Option } from 'commander';
import type { ImageLayout } from '../../src/tfjs/import/index.js';
import { parseCount } from '../arguments.js';
import { checkWritable } from '../files/outputs.js';
import { print, printJson } from '../ui/print.js';

interface ImportFlags {
  readonly output: string;
  readonly inputLayout: ImageLayout;
  readonly verify: boolean;
  readonly seed: number;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
Keras-style models (tf.loadLayersModel) and graph models (tf.loadGraphModel) are read without TensorFlow.js. Where one
of its packages is installed, it runs the model on seeded inputs and the written file must agree; if they differ,
nothing is left on the disk.

Exit codes:
  0  done
  1  the written model differs from TensorFlow.js's predictions
  2  wrong usage or bad input
  3  something is missing on this machine

Examples:
  $ reparam import tfjs saved/ -o model.onnx
  $ reparam import tfjs saved/model.json -o model.onnx --input-layout nchw
  $ reparam merge model.onnx -o merged.onnx`;

async function importModel(path: string, flags: ImportFlags): Promise<void> {
  const { output, inputLayout, verify, seed } = flags;
  await checkWritable(output);
  const { importFile } = await import('../import-file.js');
  const outcome = await importFile(path, output, { inputLayout, verify, seed });
  if (flags.json) printJson(outcome);
  else if (!flags.quiet) {
    const { importText } = await import('../ui/import-text.js');
    print(importText(outcome));
  }
}

export function addImport(program: Command): void {
  program
    .command('import')
    .summary('make an ONNX file of a model of another framework')
    .description('Makes an ONNX file of a model that another framework has saved.')
    .command('tfjs')
    .summary('import a TensorFlow.js model')
    .description('Imports a saved TensorFlow.js model, and verifies it against TensorFlow.js.')
    .argument('<MODEL>', 'model.json, or the folder that holds it')
    .requiredOption('-o, --output <path>', 'the file to write')
    .addOption(
      new Option('--input-layout <layout>', 'axes of images at the inputs and outputs')
        .choices(['nhwc', 'nchw'])
        .default('nhwc', 'nhwc, as in TensorFlow.js'),
    )
    .option('--seed <n>', 'seed of the inputs for verification', parseCount, 0)
    .option('--no-verify', 'do not run the written file against TensorFlow.js')
    .option('--json', 'print the outcome as JSON')
    .option('-q, --quiet', 'print errors only')
    .addHelpText('after', details)
    .action(importModel);
}
