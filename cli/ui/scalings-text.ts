import { kernelRows } from '../../src/report/charts/heat-map.js';
import type { ScalingRecord } from '../../src/train/runs/index.js';
import { colorsFor } from './colors.js';
import { table } from './table.js';

/** A terminal shows so many measurements beside each other. */
const mostColumns = 6;

/** Some of many: the first, the last, and what lies evenly between them. */
export function spreadOver<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  const places = Array.from({ length: most }, (_, i) =>
    Math.round((i * (items.length - 1)) / (most - 1)),
  );
  return places.map((place) => items[place] as T);
}

/** Numbers above the mean stand out, those below it stand back. */
function cell(value: number): string {
  const { bold, cyan, dim } = colorsFor(process.stdout);
  const text = value.toFixed(2);
  if (value >= 1.5) return bold(cyan(text));
  return value >= 1 ? cyan(text) : value < 0.5 ? dim(text) : text;
}

/** What `reparam sgs show` tells people: a row a layer, a column a measurement. */
export function scalingsText(records: readonly ScalingRecord[]): string {
  const shown = spreadOver(records, mostColumns);
  const headings = ['weight', ...shown.map(({ epoch }) => `epoch ${epoch}`)];
  const rows = (records.at(-1)?.layers ?? []).map(({ weight }) => [
    weight,
    ...shown.map(({ layers }) => {
      const layer = layers.find((candidate) => candidate.weight === weight);
      const lines = layer ? kernelRows(layer.kernel, layer.values) : [];
      return `${lines.map((line) => line.map(cell).join(' ')).join('\n')}\n`;
    }),
  ]);
  const left = records.length - shown.length;
  const more = left > 0 ? `\n${left} measurements between them are left out; --html shows all` : '';
  return `${table(headings, rows)}${more}`;
}
