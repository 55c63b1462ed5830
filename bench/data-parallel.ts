/**
 * `npm run bench:data-parallel`: does it pay to split a batch over the cores of a machine? One session with all threads
 * against as many sessions as there are threads, each with one thread and its part of the batch. Gradients are not even
 * exchanged: what is printed is the least that training in parts can cost.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { table } from '../cli/ui/table.js';
import { describeMachine } from '../src/runtime/index.js';
import { ratios } from './train/compare.js';
import { openOurs } from './train/our-step.js';
import type { Duration } from './train/python.js';

const { values: options } = parseArgs({
  options: {
    nets: { type: 'string', default: 'resnet20,resnet18,vgg11' },
    batch: { type: 'string', default: '128' },
    parts: { type: 'string', default: String(availableParallelism()) },
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean', default: false },
  },
});
const [batch, parts, rounds] = [options.batch, options.parts, options.rounds].map(Number) as [
  number,
  number,
  number,
];
if (!(parts > 1 && batch % parts === 0)) {
  throw new Error('--parts must be from 2 on, and --batch a multiple of it');
}

async function ratioOf(net: string) {
  const whole = await openOurs(net, batch, { threads: parts, device: 'cpu' });
  const open = () => openOurs(net, batch / parts, { threads: 1, device: 'cpu' });
  const split = await Promise.all(Array.from({ length: parts }, open));
  const together = async (): Promise<Duration> => {
    const [start, before] = [performance.now(), process.cpuUsage()];
    await Promise.all(split.map(({ step }) => step()));
    const { user, system } = process.cpuUsage(before);
    return { seconds: (performance.now() - start) / 1000, processor: (user + system) / 1e6 };
  };
  const { ratio } = await ratios(together, whole.step, rounds);
  for (const { close } of [whole, ...split]) await close();
  return { net, ratio };
}

const found: Awaited<ReturnType<typeof ratioOf>>[] = [];
for (const net of options.nets.split(',')) found.push(await ratioOf(net));
const rows = found.map(({ net, ratio: { median, lowerQuartile, upperQuartile } }) => [
  net,
  `${median.toFixed(2)} (${lowerQuartile.toFixed(2)} – ${upperQuartile.toFixed(2)})`,
]);
console.log(table(['net', `${parts} parts ÷ one session with ${parts} threads`], rows));
const { onnxruntime, node, cpu } = await describeMachine();
console.log(
  `batch ${batch}, rounds ${rounds}, ${cpu}, onnxruntime ${onnxruntime}, node ${node}, load ${loadavg()[0]?.toFixed(1)}`,
);
if (options.json) {
  const entries = found.map(({ net, ratio }) => [net, ratio.median]);
  console.log(JSON.stringify({ ratios: Object.fromEntries(entries), batch, parts }));
}
