/**
 * `npm run bench:train`: the time of a training step, ours ÷ PyTorch's, with the same threads and in turns, so
 * that whatever else the machine does meets both. `--profile NET` shows where our time goes.
 */
import { availableParallelism, cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from '../cli/ui/table.js';
import { describeMachine } from '../src/runtime/index.js';
import type { Spread } from '../src/timing/index.js';
import { deviceOption } from './device-option.js';
import { type Comparison, compareNet } from './train/compare.js';
import { dataRatio } from './train/data-rate.js';
import { profileNet } from './train/profile.js';

const { values: options } = parseArgs({
  options: {
    nets: { type: 'string', default: 'vgg11,vgg16,resnet18,resnet20,mobilenet_v1' },
    batch: { type: 'string', default: '128' },
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '5' },
    device: { type: 'string', default: 'cpu' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

const [batch, threads, rounds] = [options.batch, options.threads, options.rounds].map(Number) as [
  number,
  number,
  number,
];
const device = deviceOption(options.device);
if (![batch, threads, rounds].every((n) => Number.isSafeInteger(n) && n > 0)) {
  throw new Error('--batch, --threads and --rounds must be whole numbers from 1 on');
}

const twoDigits = (ratio: number): string => ratio.toFixed(2);
const withQuartiles = ({ median, lowerQuartile, upperQuartile }: Spread): string =>
  `${twoDigits(median)} (${twoDigits(lowerQuartile)} – ${twoDigits(upperQuartile)})`;

async function profile(net: string): Promise<void> {
  const rows = await profileNet(net, batch, threads);
  const shown = rows.filter(({ share }) => share >= 0.005);
  const cells = shown.map(({ phase, operator, nodes, share }) => [
    phase,
    operator,
    String(nodes),
    `${(100 * share).toFixed(1)} %`,
  ]);
  console.log(table(['phase', 'operator', 'nodes', 'share'], cells));
}

async function compareAll(): Promise<Comparison[]> {
  const all: Comparison[] = [];
  for (const net of options.nets.split(',')) {
    const comparison = await compareNet(net, { batch, threads, rounds, device });
    if (!comparison) {
      console.error('PyTorch is missing: pip install torch, and set PYTHON if it is not python3');
      process.exit(3);
    }
    all.push(comparison);
  }
  return all;
}

async function compare(): Promise<void> {
  const all = await compareAll();
  const { onnxruntime, node, cpu } = await describeMachine();
  const data = await dataRatio(batch, Math.min(...all.map(({ stepSeconds }) => stepSeconds)));
  const cells = all.map(({ net, step, processor, forward, memory, openingSeconds }) => [
    net,
    withQuartiles(step),
    withQuartiles(processor),
    withQuartiles(forward),
    twoDigits(memory),
    openingSeconds.toFixed(1),
  ]);
  console.log(table(['net', 'step', 'processor time', 'forward', 'memory', 'opening s'], cells));
  console.log(
    `ours ÷ PyTorch's; batch ${batch}, threads ${threads}, rounds ${rounds}, ${device}, ${cpu}`,
  );
  const [load = 0] = loadavg();
  console.log(
    `load ${load.toFixed(1)} on ${cpus().length} cores: above 1, other work distorts the ratios`,
  );
  console.log(`onnxruntime ${onnxruntime}, node ${node}, torch ${all[0]?.torch}`);
  console.log(`one data worker makes ${twoDigits(data)} times the images of the fastest step`);
  if (!options.json) return;
  const ratios = Object.fromEntries(
    all.map(({ net, step, forward, memory }) => [
      net,
      { step: step.median, forward: forward.median, memory },
    ]),
  );
  const versions = { torch: all[0]?.torch, onnxruntime, node };
  console.log(JSON.stringify({ ratios, versions, batch, threads, rounds, data, all }));
}

await (options.profile === undefined ? compare() : profile(options.profile));
