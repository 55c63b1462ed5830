import { basename } from 'node:path';
import type { BenchCase, BenchReport, ModelTiming } from '../../src/timing/index.js';
import { colorsFor } from './colors.js';
import { formatBytes, formatCount, formatDims, plural } from './format.js';
import { fallbackText } from './placement-text.js';
import { table } from './table.js';

const milliseconds = (seconds: number): string => {
  const value = 1000 * seconds;
  return `${value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0)} ms`;
};

function row(name: string, { device, dims }: BenchCase, timing: ModelTiming): string[] {
  const { run, open, firstRun, throughput, memory } = timing;
  return [
    name,
    device,
    Object.values(dims)
      .map((lengths) => formatDims(lengths))
      .join('; '),
    milliseconds(run.median),
    `${milliseconds(run.lowerQuartile)} – ${milliseconds(run.upperQuartile)}`,
    String(run.count),
    throughput === null ? '' : `${formatCount(throughput)}/s`,
    milliseconds(open),
    milliseconds(firstRun),
    memory === null ? '' : `${formatBytes(memory.model)} of ${formatBytes(memory.total)}`,
  ];
}

/** The headline of two models: `B takes 0.42 of the time of A (0.40 – 0.45, 31 pairs): 2.38 times as fast`. */
function ratioText(one: BenchCase): string | null {
  const { ratio, device, dims, a } = one;
  if (ratio === null) return null;
  const { median, interval } = ratio;
  const { green, yellow } = colorsFor(process.stdout);
  const size = Object.values(dims)
    .map((lengths) => formatDims(lengths))
    .join('; ');
  const pairs = plural(a.run.count, 'pair');
  const where = `on ${device} at ${size}: B takes ${median.toFixed(2)} of the time of A`;
  if (interval === null) return yellow(`${where} (${pairs}): too few to tell a difference`);
  const [low, high] = interval;
  const found = `${where} (${low.toFixed(2)} – ${high.toFixed(2)}, ${pairs})`;
  if (low <= 1 && high >= 1) return yellow(`${found}: no difference beyond noise`);
  const factor = median < 1 ? 1 / median : median;
  const text = `${found}: ${factor.toFixed(2)} times as ${median < 1 ? 'fast' : 'slow'}`;
  return median < 1 ? green(text) : yellow(text);
}

function fallbackNotes({ device, a, b }: BenchCase): string[] {
  return [a, b].flatMap((timing, i) => {
    const list = fallbackText(timing?.placement);
    if (list === null) return [];
    return [`${i === 0 ? 'A' : 'B'} on ${device} left nodes to the CPU: ${list}`];
  });
}

/** What a model leaves behind makes the start of another one seem faster. */
const startNotes = (cases: readonly BenchCase[]): string[] =>
  cases.some(({ a, b }) => b && !(a.alone && b.alone))
    ? ['both models start in one process: B may find ready what A has compiled']
    : [];

/** Memory of a process says nothing of what a GPU holds. */
function memoryNotes(cases: readonly BenchCase[]): string[] {
  const measured = cases.filter(({ device, a }) => device !== 'cpu' && a.memory !== null);
  const names = [...new Set(measured.map(({ device }) => device))].join(', ');
  return names === '' ? [] : [`on ${names} the memory is that of the host, drivers included`];
}

/** The report for people. */
export function benchText(a: string, b: string | null, { cases, notes }: BenchReport): string {
  const { bold, dim, yellow } = colorsFor(process.stdout);
  const title = b === null ? basename(a) : `${basename(a)} (A) and ${basename(b)} (B)`;
  const headings = [
    ...['model', 'device', 'inputs', '>median', '>quartiles', '>runs', '>throughput'],
    ...['>open', '>first run', '>memory'],
  ];
  const rows = cases.flatMap((one) => [
    row(b === null ? basename(a) : 'A', one, one.a),
    ...(one.b ? [row('B', one, one.b)] : []),
  ]);
  return [
    bold(title),
    table(headings, rows),
    dim(
      'times are of this machine and this moment; memory is that of the model, of the whole process',
    ),
    ...[...cases.flatMap(fallbackNotes), ...memoryNotes(cases), ...startNotes(cases), ...notes].map(
      (note) => yellow(`note: ${note}`),
    ),
    ...cases.flatMap((one) => ratioText(one) ?? []),
  ].join('\n');
}
