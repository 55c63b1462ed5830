import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { ReparamError } from '../../src/errors.js';
import type { Evaluation } from '../../src/train/loop/evaluate-on.js';
import type { Recipe } from '../../src/train/recipe/index.js';
import {
  type DeviceChoice,
  deviceOption,
  parseCount,
  parseNumbers,
  parsePositive,
} from '../arguments.js';
import { checkpointModel, checkpointOption, type Which } from '../run-arguments.js';
import { formatCount } from '../ui/format.js';
import { print, printJson } from '../ui/print.js';
import { progress } from '../ui/progress.js';

interface EvalFlags {
  readonly data?: string;
  readonly checkpoint: Which;
  readonly device: readonly DeviceChoice[];
  readonly batchSize: number;
  readonly imageSize?: number;
  readonly workers: number;
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
A run is measured on the test part of its own data, unless --data names others. Images are scaled to 0 … 1 and
normalized with the mean and standard deviation of the data set, as in training.

Exit codes:
  0  done
  2  wrong usage or bad input
  3  something is missing on this machine

Examples:
  $ reparam eval runs/a
  $ reparam eval model.onnx --data cifar10:cifar-10-batches-bin
  $ reparam eval model.onnx --data imagefolder:photos --image-size 224 --device webgpu`;

interface Subject {
  readonly label: string;
  readonly bytes: Uint8Array | null;
  readonly path: string;
  readonly recipe: Recipe | null;
}

async function subjectOf(target: string, which: Which): Promise<Subject> {
  const isFolder = await stat(target).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  if (!isFolder) return { label: target, bytes: null, path: target, recipe: null };
  const { path, bytes, step } = await checkpointModel(target, which);
  const { completeRecipe, readRecipe, runFiles } = await import('../../src/train/index.js');
  const recipe = completeRecipe(await readRecipe(runFiles(target).recipe));
  return { label: `${target}, step ${step}`, bytes, path, recipe };
}

async function evaluate(target: string, flags: EvalFlags): Promise<void> {
  const { label, bytes, path, recipe } = await subjectOf(target, flags.checkpoint);
  const data = flags.data ?? recipe?.data ?? null;
  if (data === null) {
    throw new ReparamError(
      'usage',
      'say on which data to measure with --data, such as cifar10:FOLDER',
    );
  }
  const { decodeModel, loadModel } = await import('../../src/onnx/index.js');
  const { resolveDevices } = await import('../../src/runtime/index.js');
  const train = await import('../../src/train/index.js');
  const model = bytes ? decodeModel(bytes) : await loadModel(path);
  const devices = await resolveDevices(flags.device);
  const options = {
    batchSize: flags.batchSize,
    imageSize: flags.imageSize ?? recipe?.imageSize ?? null,
    workers: flags.workers,
    ...(flags.mean && { mean: flags.mean }),
    ...(flags.std && { std: flags.std }),
  };
  const loss = train.losses.find(({ name }) => name === (recipe?.loss ?? 'crossentropy'));
  const results: (Evaluation & { readonly device: string })[] = [];
  for (const device of devices) {
    const bar = progress('evaluate', flags.quiet || flags.json);
    const found = await train
      .evaluateOn(model, data, loss ?? train.losses[0], options, { device }, bar.update)
      .finally(() => bar.stop());
    results.push({ device, ...found });
  }
  if (flags.json) printJson({ target, data, results });
  else
    for (const { device, images, accuracy, loss: value } of results) {
      const figures = `accuracy ${(100 * accuracy).toFixed(2)} %  loss ${value.toFixed(4)}`;
      print(`${label} on ${data} (${formatCount(images)} images, ${device}): ${figures}`);
    }
}

export function addEval(program: Command): void {
  program
    .command('eval')
    .summary('measure a trained model')
    .description('Measures a run, or an ONNX file, on labelled images: accuracy and loss.')
    .argument('<RUN|MODEL>', 'folder of a run, or an ONNX file')
    .option('--data <spec>', 'the data set and where it is, such as cifar10:FOLDER')
    .addOption(checkpointOption())
    .addOption(deviceOption('the model runs'))
    .option('--batch-size <count>', 'images at once', parsePositive, 128)
    .option('--image-size <pixels>', 'height and width that images are brought to', parsePositive)
    .option('--workers <count>', 'threads that prepare batches', parseCount, 1)
    .option('--mean <list>', 'mean of each channel, for values from 0 to 1', parseNumbers)
    .option('--std <list>', 'standard deviation of each channel', parseNumbers)
    .option('--json', 'print the outcome as JSON')
    .option('-q, --quiet', 'print results and errors only')
    .addHelpText('after', details)
    .action(evaluate);
}
