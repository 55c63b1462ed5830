import type { GraphSketch } from '../../verify/inside/report.js';
import { plural } from '../format.js';
import { type Html, html } from '../html.js';
import { scrollable, table } from '../table.js';
import { collapse, operatorCounts } from './collapse.js';
import { graphDrawing } from './drawing.js';
import { type Flow, flowOf } from './flow.js';
import { layOut } from './layout.js';

/** More boxes are no longer a picture that one can take in. */
const maxBoxes = 60;

/** Above this, even looking for groups would take long. */
const maxNodes = 4000;

/** What is drawn of a sketch: all of it, with groups of nodes as one, or null where that is still too much. */
function drawable(sketch: GraphSketch): Flow | null {
  if (sketch.nodes.length + sketch.inputs.length > maxNodes) return null;
  const flow = flowOf(sketch);
  if (flow.vertices.length <= maxBoxes) return flow;
  const collapsed = collapse(flow);
  return collapsed.vertices.length <= maxBoxes ? collapsed : null;
}

type Count = readonly [opType: string, count: number];

function summary({ nodes }: GraphSketch, label: string): Html {
  const counts: Count[] = operatorCounts(nodes.map(({ opType }) => opType));
  return html`<p class="aside">Too many to draw; by operator:</p>\n${table<Count>(
    label,
    [
      { heading: 'Operator', cell: ([opType]) => opType },
      { heading: 'Nodes', numeric: true, cell: ([, count]) => count },
    ],
    counts,
  )}`;
}

/** One side of a rewritten part, as a drawing if it can be one. */
export function sketchHtml(sketch: GraphSketch, side: 'before' | 'after'): Html {
  const count = plural(sketch.nodes.length, 'node');
  const label = `Graph ${side}: ${count} from ${sketch.inputs.join(', ')} to ${sketch.output}`;
  const flow = drawable(sketch);
  const picture =
    flow === null ? summary(sketch, label) : scrollable(label, graphDrawing(layOut(flow), label));
  return html`<figure class="side"><figcaption>${side} <span class="aside">${count}</span></figcaption>\n${picture}</figure>\n`;
}

/** Both sides beside each other. */
export const sketchPair = (before: GraphSketch, after: GraphSketch): Html =>
  html`<div class="pair">\n${sketchHtml(before, 'before')}${sketchHtml(after, 'after')}</div>\n`;
