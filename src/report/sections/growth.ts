import type { InsideReport, ValueError, ValueReport } from '../../verify/inside/report.js';
import { growthChart } from '../charts/growth.js';
import { formatError, formatShare, plural } from '../format.js';
import { type Html, html } from '../html.js';
import { name } from '../names.js';
import { details, type Section } from '../section.js';
import { type Column, table } from '../table.js';

/** A chart of its own for each width: a wide one, scaled down to a phone, could not be read. */
const sizes = [
  { className: 'wide', size: { width: 1000, height: 330 } },
  { className: 'narrow', size: { width: 360, height: 280 } },
] as const;

/** Larger networks have more values than anyone reads. */
const maxRows = 500;

interface Row {
  readonly position: number;
  readonly value: ValueReport;
}

const relative = (error: ValueError | null): string =>
  error ? formatError(error.maxRelative) : '–';

const used = (error: ValueError | null): string => (error ? formatShare(error.toleranceUsed) : '–');

const columns: readonly [Column<Row>, ...Column<Row>[]] = [
  { heading: '#', numeric: true, cell: ({ position }) => position },
  { heading: 'Value', cell: ({ value }) => name(value.a) },
  { heading: 'In the second model', cell: ({ value: { a, b } }) => (a === b ? 'same' : name(b)) },
  { heading: 'Matched by', cell: ({ value }) => value.matchedBy },
  { heading: 'Computed by', cell: ({ value }) => name(value.producer) },
  { heading: 'Accumulated', numeric: true, cell: ({ value }) => relative(value.error) },
  { heading: 'Accumulated, used', numeric: true, cell: ({ value }) => used(value.error) },
  { heading: 'Local', numeric: true, cell: ({ value }) => relative(value.localError) },
  { heading: 'Local, used', numeric: true, cell: ({ value }) => used(value.localError) },
];

function valuesTable(values: readonly ValueReport[]): Html {
  const rows = values.map((value, i) => ({ position: i + 1, value }));
  const shown =
    rows.length <= maxRows
      ? rows
      : rows
          .toSorted((x, y) => y.value.error.toleranceUsed - x.value.error.toleranceUsed)
          .slice(0, maxRows)
          .sort((x, y) => x.position - y.position);
  const summary =
    shown.length === rows.length
      ? `All ${plural(rows.length, 'value')} as a table`
      : `The ${maxRows} of ${rows.length} values that used the most of their tolerance as a table`;
  return details(summary, table('Errors of the values inside', columns, shown));
}

function summary(values: readonly ValueReport[]): string {
  const errors = values.map(({ error }) => error.maxRelative);
  const largest = errors.reduce((max, error) => Math.max(max, error), 0);
  return `Relative error of ${plural(values.length, 'value')} in order of computation: ${formatError(errors[0] ?? 0)} at the first, ${formatError(errors.at(-1) ?? 0)} at the last, at most ${formatError(largest)}.`;
}

/** How the error grows from layer to layer. */
export function growthSection({ values, divergences }: InsideReport): Section | null {
  if (values.length === 0) return null;
  const divergent = divergences.map(({ a }) => a);
  const label = summary(values);
  const charts = sizes.map(
    ({ className, size }) =>
      html`<div class="${className}">${growthChart({ values, divergent, label, size })}</div>\n`,
  );
  const hasLocal = values.some(({ localError }) => localError !== null);
  const local = hasLocal
    ? html`, <span class="key local"></span> <b>local</b> what remains when both models get the same values just before it`
    : null;
  return {
    id: 'growth',
    title: 'Error from layer to layer',
    body: html`<p>Values inside the two models that stand for each other: <span class="key accumulated"></span> <b>accumulated</b> is the error that all nodes before have added up${local}. The dashed line is what rounding explains; dots on the axis are values without any error.</p>
<figure class="full">\n${charts}</figure>\n${valuesTable(values)}`,
  };
}
