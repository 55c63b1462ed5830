import { heatMap } from './charts/heat-map.js';
import { plural } from './format.js';
import { html } from './html.js';
import { name } from './names.js';
import { htmlPage } from './page.js';
import { sectionHtml } from './section.js';
import { type Column, table } from './table.js';

interface LayerScaling {
  /** Name of the weight. */
  readonly weight: string;
  /** Lengths of the kernel. */
  readonly kernel: readonly number[];
  /** One number a tap, row-major. */
  readonly values: readonly number[];
}

/** The scalings of gradients that a run has used. */
export interface ScalingHistory {
  /** The run's folder, as the user calls it. */
  readonly run: string;
  /** How they came about, in a line. */
  readonly how: string;
  /** Oldest first. */
  readonly records: readonly {
    /** Epochs done before they were used. */
    readonly epoch: number;
    readonly layers: readonly LayerScaling[];
  }[];
}

const range = (values: readonly number[]): string =>
  `${Math.min(...values).toFixed(2)} to ${Math.max(...values).toFixed(2)}`;

/** Scalings of every layer over time as heat maps, as one HTML file without scripts (arXiv:2303.02733, figure 4). */
export function scalingsHtml({ run, how, records }: ScalingHistory): string {
  const layers = records.at(-1)?.layers ?? [];
  const everything = records.flatMap((record) => record.layers.flatMap(({ values }) => values));
  const most = Math.max(1, ...everything.filter((value) => Number.isFinite(value)));
  const columns = records.map(({ epoch, layers: found }): Column<LayerScaling> => {
    const byWeight = new Map(found.map((layer) => [layer.weight, layer]));
    return {
      heading: `epoch ${epoch}`,
      cell: ({ weight }) => {
        const layer = byWeight.get(weight);
        if (!layer) return null;
        const label = `${weight} from epoch ${epoch} on: ${range(layer.values)}`;
        return heatMap(label, layer.kernel, layer.values, most);
      },
    };
  });
  const rows = table(
    'Scalings',
    [{ heading: 'weight', cell: ({ weight }) => name(weight) }, ...columns],
    layers,
  );
  const body = html`<p>What the gradient at each tap is multiplied with; 1 is the mean of a layer, and the darkest cell of this page is ${most.toFixed(2)}.</p>\n${rows}`;
  const heading = html`<header><h1>Spatial gradient scaling</h1>\n<p>${name(run)}: ${how}, ${plural(layers.length, 'layer')}, ${plural(records.length, 'measurement')}</p></header>\n`;
  return htmlPage(`scalings of ${run}`, [
    heading,
    sectionHtml({ id: 'scalings', title: 'By layer and time', body }),
  ]);
}
