/**
 * `npm run bench:mutual-information`: the time to measure the scaling of a 3×3 kernel on one feature map, ours ÷ that of
 * the paper's method in NumPy, one thread each and in turns. Needs NumPy: PYTHON names the interpreter. `--refresh` adds
 * what a refresh of ResNet-18 costs at the paper's schedule.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from '../cli/ui/table.js';
import { buildModel } from '../src/models/index.js';
import {
  type ConvWindow,
  type FeatureMap,
  findEstimator,
  refreshScalings,
} from '../src/sgs/index.js';
import { normal, Tensor } from '../src/tensor/index.js';
import { median, type Spread, spread } from '../src/timing/index.js';
import { type Numpy, type NumpyWay, numpyWays, openNumpy } from './sgs/numpy.js';
import { openOurs, trainingData } from './train/our-step.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    refresh: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});
const rounds = Number(options.rounds);
if (!Number.isSafeInteger(rounds) || rounds < 1) throw new Error('--rounds is a whole number');

/** As in ResNet-18 and ResNet-20 on CIFAR. */
const sizes = [
  [128, 64, 32, 32],
  [128, 512, 4, 4],
  [64, 16, 32, 32],
] as const;

const window: ConvWindow = {
  kernel: [3, 3],
  strides: [1, 1],
  dilations: [1, 1],
  padsBegin: [1, 1],
  padsEnd: [1, 1],
};

/** Smooth noise after ReLU. */
function featureMap(dims: readonly [number, number, number, number]): FeatureMap {
  const next = normal(0);
  const [n, c, height, width] = dims;
  const noise = Float32Array.from({ length: n * c * height * width }, next);
  const data = noise.map((value, i) => {
    const [above = 0, left = 0] = [noise[i - width], noise[i - 1]];
    return Math.max(0, value + 0.8 * above + 0.5 * left);
  });
  return { data, dims };
}

function ourSeconds(feature: FeatureMap): number {
  const start = performance.now();
  findEstimator('corrected').estimate(feature, window);
  return (performance.now() - start) / 1000;
}

interface Row {
  readonly dims: readonly number[];
  readonly way: NumpyWay;
  readonly ratio: Spread;
  readonly seconds: number;
}

/** Who begins changes; the first round is not counted. */
async function compare(feature: FeatureMap, way: NumpyWay, numpy: Numpy): Promise<Row> {
  const [ratios, seconds]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const first = round % 2 === 0 ? ourSeconds(feature) : null;
    const theirs = await numpy.measure(feature.dims, way);
    const ours = first ?? ourSeconds(feature);
    if (round === 0) continue;
    ratios.push(ours / theirs);
    seconds.push(ours);
  }
  return { dims: feature.dims, way, ratio: spread(ratios), seconds: median(seconds) };
}

/** CIFAR has so many batches of 128 an epoch; the paper refreshes every fifth epoch, on two batches. */
const schedule = { batch: 128, stepsOfEpoch: 391, epochs: 5, batches: 2 } as const;

interface Refresh {
  readonly seconds: number;
  readonly stepSeconds: number;
  /** Of the training time between two refreshes. */
  readonly share: number;
}

async function refreshOfResnet18(): Promise<Refresh> {
  const { batch, stepsOfEpoch, epochs, batches } = schedule;
  const image = [3, 32, 32] as const;
  const { images } = trainingData(batch);
  const tensors = Array.from({ length: batches }, () => Tensor.floats([batch, ...image], images));
  const model = buildModel('resnet18_cifar', { image });
  const ours = await openOurs('resnet18', batch, { threads: availableParallelism() });
  const [seconds, steps]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const start = performance.now();
    await refreshScalings(model, tensors);
    const refresh = (performance.now() - start) / 1000;
    const step = (await ours.step()).seconds;
    if (round === 0) continue;
    seconds.push(refresh);
    steps.push(step);
  }
  await ours.close();
  const [taken, stepSeconds] = [median(seconds), median(steps)];
  return { seconds: taken, stepSeconds, share: taken / (epochs * stepsOfEpoch * stepSeconds) };
}

const numpy = await openNumpy();
if (!numpy) {
  console.error('NumPy is missing: pip install numpy, and set PYTHON if it is not python3');
  process.exit(3);
}
const rows: Row[] = [];
for (const dims of sizes) {
  const feature = featureMap(dims);
  for (const way of numpyWays) rows.push(await compare(feature, way, numpy));
}
await numpy.close();

const digits = (ratio: number): string => ratio.toFixed(3);
const cells = rows.map(({ dims, way, ratio, seconds }) => [
  dims.join('×'),
  way,
  `${digits(ratio.median)} (${digits(ratio.lowerQuartile)} – ${digits(ratio.upperQuartile)})`,
  (1000 * seconds).toFixed(0),
]);
console.log(table(['feature map', 'NumPy', 'ours ÷ NumPy', 'ours ms'], cells));
console.log(`rounds ${rounds}, NumPy ${numpy.version}, node ${process.version}, one thread each`);
const refresh = options.refresh ? await refreshOfResnet18() : null;
if (refresh) {
  const { seconds, stepSeconds, share } = refresh;
  console.log(
    `ResNet-18: a refresh on 2 batches takes ${seconds.toFixed(1)} s, a step ${stepSeconds.toFixed(2)} s: ` +
      `${(100 * share).toFixed(2)} % of the training time of 5 epochs`,
  );
}
if (options.json) console.log(JSON.stringify({ rows, refresh, numpy: numpy.version, rounds }));
