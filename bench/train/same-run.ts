import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openBatches, openDataset } from '../../src/data/index.js';
import type { Model } from '../../src/ir/index.js';
import { optimizerTypes } from '../../src/optimizers/index.js';
import { Tensor } from '../../src/tensor/index.js';
import { losses } from '../../src/train/losses/index.js';
import { readSafetensors, writeSafetensors } from '../../src/train/safetensors/index.js';
import { buildTrainingStep, openStep, type StepBatch } from '../../src/train/step/index.js';

/** What PyTorch and the step graph are given alike. */
export interface SameRun {
  readonly net: string;
  readonly model: Model;
  /** Holds the start and the batches, for PyTorch. */
  readonly folder: string;
  readonly batches: readonly StepBatch[];
  readonly batchSize: number;
  /** Learning rate. */
  readonly rate: number;
  /** Steps after which the state is wanted. */
  readonly snapshots: readonly number[];
}

export interface Outcome {
  /** Of every step. */
  readonly losses: readonly number[];
  /** By step: parameters, running statistics and momenta after it, and its `outputs`. */
  readonly states: ReadonlyMap<number, ReadonlyMap<string, Tensor>>;
  /** Version of PyTorch. */
  readonly torch?: string;
}

const script = fileURLToPath(new URL('../../../bench/train/pytorch_reference.py', import.meta.url));

/** Takes batches of CIFAR-10 in a random order, normalised, and hands them with the start over to PyTorch. */
export async function prepare(
  run: Omit<SameRun, 'batches'>,
  data: string,
  steps: number,
  seed: number,
): Promise<SameRun> {
  const { folder, model, batchSize } = run;
  const start = [...model.graph.initializers].map((v) => [v.name, v.constant as Tensor] as const);
  await writeSafetensors(join(folder, 'start.safetensors'), new Map(start));
  const source = await openBatches(await openDataset(`cifar10:${data}`, 'train'), {
    batchSize,
    seed,
    workers: 0,
    dropLast: true,
  });
  const files = ['images.bin', 'labels.bin'].map((name) => createWriteStream(join(folder, name)));
  const batches: StepBatch[] = [];
  for (let epoch = 0; batches.length < steps; epoch++) {
    for await (const { images, targets, labels } of source.epoch(epoch)) {
      if (batches.length === steps) break;
      batches.push({ images, targets });
      for (const [i, values] of [images, labels].entries()) {
        files[i]?.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
      }
    }
  }
  await Promise.all(files.map((file) => new Promise<void>((done) => file.end(done))));
  await source.close();
  return { ...run, batches };
}

/** @param layout of the images in memory: PyTorch has different kernels for each */
export async function runPyTorch(
  { net, folder, batches, batchSize, rate, snapshots }: SameRun,
  python: string,
  dtype: 'float32' | 'float64',
  layout: 'contiguous_format' | 'channels_last' = 'contiguous_format',
): Promise<Outcome> {
  const numbers = [rate, batchSize, batches.length, snapshots.join()].map(String);
  const args = [script, folder, net, dtype, layout, ...numbers];
  const { stdout } = await promisify(execFile)(python, args, { maxBuffer: 2 ** 26 });
  const { torch, losses } = JSON.parse(stdout) as { torch: string; losses: number[] };
  const states = new Map<number, ReadonlyMap<string, Tensor>>();
  for (const step of snapshots) {
    states.set(step, (await readSafetensors(join(folder, `${step}.safetensors`))).tensors);
  }
  return { torch, losses, states };
}

export async function runOurs(
  { model, batches, batchSize, rate, snapshots }: SameRun,
  portable: boolean,
): Promise<Outcome> {
  const [loss] = losses;
  const optimizer = optimizerTypes.find(({ name }) => name === 'sgd');
  if (!optimizer) throw new Error('there is no sgd');
  const step = buildTrainingStep(model, {
    batchSize,
    image: [3, 32, 32],
    loss,
    optimizer,
    optimizerOptions: { momentum: 0.9, weightDecay: 5e-4 },
    noDecay: [],
    portable,
  });
  const open = await openStep(step);
  try {
    const outcome: number[] = [];
    const states = new Map<number, ReadonlyMap<string, Tensor>>();
    for (const [i, batch] of batches.entries()) {
      const { loss, outputs } = await open.run(batch, { step: i + 1, rate });
      outcome.push(loss);
      if (!snapshots.includes(i + 1)) continue;
      const taken = Tensor.fromNumbers('float32', [batchSize, outputs.length / batchSize], outputs);
      states.set(i + 1, new Map([...(await open.state()), ['outputs', taken]]));
    }
    return { losses: outcome, states };
  } finally {
    await open.release();
  }
}
