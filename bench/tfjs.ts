/**
 * `npm run test:tfjs-native`: trains a small network with both engines on the same batches, compares them, and measures
 * their steps. Fails where the engine tfjs has no native package: `npm install --no-save @tensorflow/tfjs-node` first, or
 * say `--any` to do it in JavaScript.
 */
import { buildModel } from '../src/models/index.js';
import { optimizerTypes } from '../src/optimizers/index.js';
import { normal } from '../src/tensor/index.js';
import { openBackend } from '../src/tfjs/engine/backend.js';
import { type TrainingEngine, trainingEngines } from '../src/train/engines/index.js';
import { losses } from '../src/train/losses/index.js';
import type { StepBatch, StepOptions } from '../src/train/step/index.js';

/** JavaScript takes seconds for an image of usual size. */
const isQuick = process.argv.includes('--any');
const batchSize = isQuick ? 4 : 32;
const image = [3, isQuick ? 8 : 32, isQuick ? 8 : 32] as const;
const classes = 10;
const compared = isQuick ? 2 : 5;
const measured = isQuick ? 1 : 10;
/** What float32 leaves after some steps of a deep network. */
const limit = 1e-3;

function optionsOf(): StepOptions {
  const optimizer = optimizerTypes.find(({ name }) => name === 'sgd');
  if (!optimizer) throw new Error('no SGD');
  return {
    ...{ batchSize, image, loss: losses[0], optimizer },
    optimizerOptions: { momentum: 0.9, weightDecay: 5e-4 },
  };
}

function randomBatch(): StepBatch {
  const next = normal(1);
  const count = batchSize * image.reduce((a, b) => a * b, 1);
  const targets = new Float32Array(batchSize * classes);
  for (let i = 0; i < batchSize; i++) targets[i * classes + (i % classes)] = 1;
  return { images: Float32Array.from({ length: count }, () => next()), targets };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** @returns losses of the first steps, and the median of the seconds of the others */
async function trained(engine: TrainingEngine): Promise<{ losses: number[]; seconds: number }> {
  const model = buildModel('resnet20', { classes, image: [...image], seed: 1 });
  const open = await engine.prepare(model, optionsOf()).open();
  const batch = randomBatch();
  const [found, seconds]: [number[], number[]] = [[], []];
  try {
    for (let step = 1; step <= compared + measured; step++) {
      const start = performance.now();
      const { loss } = await open.run(batch, { step, rate: 0.01 });
      if (step <= compared) found.push(loss);
      else seconds.push((performance.now() - start) / 1000);
    }
  } finally {
    await open.release();
  }
  return { losses: found, seconds: median(seconds) };
}

const { package: name, notes } = await openBackend();
console.log(notes.join('\n'));
const isNative = /tfjs-node/.test(name);
if (!isNative && !isQuick) {
  throw new Error('no native package of TensorFlow.js loads here');
}
const results = new Map<string, Awaited<ReturnType<typeof trained>>>();
for (const engine of trainingEngines) results.set(engine.name, await trained(engine));
for (const [engine, { seconds }] of results) {
  console.log(
    `${engine}: ${(1000 * seconds).toFixed(0)} ms a step, resnet20, ${batchSize} images of ${image.join('×')}`,
  );
}
const [first, second] = [...results.values()].map(({ losses: found }) => found);
const worst = Math.max(...(first ?? []).map((x, i) => Math.abs(x / (second?.[i] ?? 0) - 1)));
console.log(`losses of ${compared} steps differ by at most ${worst.toExponential(1)}`);
if (!(worst < limit)) throw new Error('the engines part');
