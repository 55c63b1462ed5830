/**
 * `npm run bench:sgs`: what a training step costs with scaled gradients and with real branches, ÷ the plain network's, in
 * time and in peak memory. Each method runs in turns with the plain network. DyRep's branches grow while a run trains: it is
 * taken with branches beside every second layer.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from '../cli/ui/table.js';
import { describeMachine } from '../src/runtime/index.js';
import type { Spread } from '../src/timing/index.js';
import { deviceOption } from './device-option.js';
import { ratios } from './train/compare.js';
import { peakMemory } from './train/memory.js';
import { openOurs } from './train/our-step.js';

/** What papers say a step takes ÷ the plain network's, in time and in memory; empty where they do not say. */
const published: Readonly<Record<string, string>> = {
  sgs: '1.05 – 1.13 (whole trainings, SGS)',
  repopt: '',
  acb: '',
  dbb: '2.8, memory 1.8 (OREPA, ResNet-18)',
  dyrep: '',
  repvgg: '',
  qarepvgg: '',
  mobileone: '',
  orepa: '',
  duplicate: '',
};

const { values: options } = parseArgs({
  options: {
    nets: { type: 'string', default: 'resnet18,vgg16' },
    methods: { type: 'string', default: Object.keys(published).join(',') },
    batch: { type: 'string', default: '128' },
    threads: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '5' },
    device: { type: 'string', default: 'cpu' },
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

interface Cost {
  readonly net: string;
  readonly method: string;
  /** ÷ the plain network's, over rounds of one step of each. */
  readonly step: Spread;
  /** Processor time, which other work on the machine changes less. */
  readonly processor: Spread;
  /** Largest resident sets of processes that take three steps. */
  readonly memory: number;
}

async function costOf(net: string, method: string, plainMemory: number): Promise<Cost> {
  const plain = await openOurs(net, batch, { threads, device });
  const other = await openOurs(net, batch, { threads, device }, method);
  const { ratio, processor } = await ratios(other.step, plain.step, rounds);
  await other.close();
  await plain.close();
  const memory = (await peakMemory(net, batch, threads, method)) / plainMemory;
  return { net, method, step: ratio, processor, memory };
}

const shown = ({ median, lowerQuartile, upperQuartile }: Spread): string =>
  `${median.toFixed(3)} (${lowerQuartile.toFixed(3)} – ${upperQuartile.toFixed(3)})`;

const costs: Cost[] = [];
for (const net of options.nets.split(',')) {
  const plainMemory = await peakMemory(net, batch, threads);
  for (const method of options.methods.split(',')) {
    costs.push(await costOf(net, method, plainMemory));
  }
}
const rows = costs.map(({ net, method, step, processor, memory }) => [
  ...[net, method, shown(step), shown(processor), memory.toFixed(2), published[method] ?? ''],
]);
console.log(table(['net', 'method', 'step', 'processor time', 'memory', 'published'], rows));
const { onnxruntime, node, cpu } = await describeMachine();
console.log(
  `÷ the plain network's; batch ${batch}, threads ${threads}, rounds ${rounds}, ${device}, ${cpu}`,
);
console.log(`onnxruntime ${onnxruntime}, node ${node}, load ${loadavg()[0]?.toFixed(1)}`);
if (options.json) {
  const found: Record<string, Record<string, { step: number; memory: number }>> = {};
  for (const { net, method, step, memory } of costs) {
    found[net] = { ...found[net], [method]: { step: step.median, memory } };
  }
  const versions = { onnxruntime, node };
  console.log(JSON.stringify({ ratios: found, versions, batch, threads, costs }));
}
