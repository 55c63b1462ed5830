import type { ComparedReport, Deployment } from '../../verify/report.js';
import { plural } from '../format.js';
import { type Html, html } from '../html.js';
import type { Section } from '../section.js';
import { type Column, table } from '../table.js';

interface Row {
  readonly model: string;
  readonly deployment: Deployment;
}

const total = (counts: Readonly<Record<string, number>>): number =>
  Object.values(counts).reduce((sum, count) => sum + count, 0);

/** `Conv ×20, Add ×3`, the most frequent first. */
const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .toSorted(([x, m], [y, n]) => n - m || (x < y ? -1 : 1))
    .map(([key, count]) => `${key} ×${count}`)
    .join(', ');

const columns: readonly [Column<Row>, ...Column<Row>[]] = [
  { heading: 'Model', cell: ({ model }) => model },
  { heading: 'Device', cell: ({ deployment }) => deployment.device },
  { heading: 'Optimization', cell: ({ deployment }) => deployment.optimization },
  {
    heading: 'Nodes by provider',
    cell: ({ deployment: { placement } }) =>
      placement ? counted(placement.nodes) : 'all on the CPU',
  },
  {
    heading: 'Fell back to the CPU',
    cell: ({ deployment: { placement } }) =>
      placement === null ? '–' : counted(placement.fallbacks) || 'none',
  },
];

function warning({ model, deployment: { device, placement } }: Row): Html | null {
  const count = total(placement?.fallbacks ?? {});
  if (count === 0) return null;
  return html`<p class="caution">${plural(count, 'node')} of the ${model} ran on the CPU although ${device} was asked for: what these runs say of ${device} does not cover them.</p>\n`;
}

/** Where the nodes ran, which a device that was asked for does not decide alone. */
export function placementSection({ reference, deployments }: ComparedReport): Section {
  const rows: Row[] = [
    { model: 'first model', deployment: reference },
    ...deployments.map((deployment) => ({ model: 'second model', deployment })),
  ];
  return {
    id: 'placement',
    title: 'Where the nodes ran',
    body: html`${rows.map(warning)}${table('Placement of the nodes', columns, rows)}`,
  };
}
