/**
 * `npm run corpus:train -- DIR [--only CASE,…]`: trains every branched model of a folder for five steps on one batch of random images, and
 * fails where a model cannot be differentiated or its loss does not fall. Cases are those of `npm run corpus`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadModel, normal, ReparamError, uniform } from '../src/index.js';
import { optimizerTypes } from '../src/optimizers/index.js';
import { losses } from '../src/train/losses/index.js';
import { buildTrainingStep, openStep, type TrainingStep } from '../src/train/step/index.js';

const steps = 5;

const adam = optimizerTypes.find(({ name }) => name === 'adam');

/** Classifiers learn random classes, all else random numbers. */
async function stepOf(
  path: string,
  image: readonly number[],
  batchSize: number,
): Promise<TrainingStep> {
  const model = await loadModel(path);
  const isClassifier = model.graph.outputs[0]?.type?.shape?.length === 2;
  const loss = losses.find(({ name }) => name === (isClassifier ? 'crossentropy' : 'mse'));
  if (!loss || !adam) throw new Error('the registries have changed');
  return buildTrainingStep(model, { batchSize, image, loss, optimizer: adam });
}

function randomTargets(dims: readonly number[]): Float32Array {
  const targets = new Float32Array(dims.reduce((a, b) => a * b, 1));
  const [next, noise] = [uniform(2), normal(3)];
  const [batch = 1, classes = 1] = dims;
  if (dims.length > 2) return targets.map(() => noise());
  for (let i = 0; i < batch; i++) targets[i * classes + Math.floor(next() * classes)] = 1;
  return targets;
}

async function lossesOf(step: TrainingStep): Promise<number[]> {
  const next = normal(1);
  const size = step.images.dims.reduce((a, b) => a * b, 1);
  const batch = {
    images: Float32Array.from({ length: size }, () => next()),
    targets: randomTargets(step.targets.dims),
  };
  const open = await openStep(step);
  try {
    const found: number[] = [];
    for (let s = 1; s <= steps + 1; s++) {
      found.push((await open.run(batch, { step: s, rate: 1e-3 })).loss);
    }
    return found;
  } finally {
    await open.release();
  }
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { batch: { type: 'string', default: '4' }, only: { type: 'string' } },
});
const [folder = '.'] = positionals;
const failures: string[] = [];
let count = 0;
for (const name of readdirSync(folder).sort()) {
  const isChosen = values.only === undefined || values.only.split(',').includes(name);
  if (!isChosen || !existsSync(join(folder, name, 'meta.json'))) continue;
  const meta = JSON.parse(readFileSync(join(folder, name, 'meta.json'), 'utf8'));
  for (const file of readdirSync(join(folder, name)).filter((f) => /^branched.*\.onnx$/.test(f))) {
    count++;
    const label = `${name}/${file}`;
    try {
      const step = await stepOf(
        join(folder, name, file),
        meta.input_shape.slice(1),
        Number(values.batch),
      );
      const found = await lossesOf(step);
      const falls = (found.at(-1) as number) < (found[0] as number);
      const shown = found.map((loss) => loss.toPrecision(5)).join(' → ');
      console.log(`${falls ? 'ok  ' : 'FAIL'} ${label}: ${step.state.length} tensors, ${shown}`);
      if (!falls) failures.push(label);
    } catch (error) {
      if (!(error instanceof ReparamError)) throw error;
      console.log(`FAIL ${label}: ${error.message}`);
      failures.push(label);
    }
  }
}
console.log(`\n${count - failures.length} of ${count} models train`);
if (failures.length > 0 || count === 0) process.exitCode = 1;
