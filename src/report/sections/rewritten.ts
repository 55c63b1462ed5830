import type { RewrittenPart } from '../../verify/inside/report.js';
import { plural } from '../format.js';
import { type Alike, groupAlike } from '../graph/groups.js';
import { sketchPair } from '../graph/sketch.js';
import { type Content, type Html, html } from '../html.js';
import { name } from '../names.js';
import { details, type Section } from '../section.js';
import { type Column, table } from '../table.js';

/** The page shows some forms at once, more on request, and lists the rest. */
const maxOpen = 8;
const maxDrawn = 40;

const change = ({ before, after }: RewrittenPart): string =>
  `${plural(before.nodes.length, 'node')} → ${plural(after.nodes.length, 'node')}`;

const sources = ({ before }: RewrittenPart): Content =>
  before.inputs.map((input, i) => html`${i === 0 ? '' : ', '}${name(input)}`);

const columns: readonly [Column<RewrittenPart>, ...Column<RewrittenPart>[]] = [
  { heading: 'Output', cell: ({ before }) => name(before.output) },
  { heading: 'From', cell: sources },
  { heading: 'Nodes before', numeric: true, cell: ({ before }) => before.nodes.length },
  { heading: 'Nodes after', numeric: true, cell: ({ after }) => after.nodes.length },
];

function groupHtml([first, ...others]: Alike): Html {
  const all = [first, ...others];
  const title =
    others.length === 0 ? change(first) : `${all.length} parts of this form: ${change(first)}`;
  const where = html`<p>${others.length === 0 ? 'From' : 'Drawn: from'} ${sources(first)} to ${name(first.before.output)}.</p>
`;
  const list =
    others.length === 0
      ? null
      : details(`All ${all.length} parts`, table('Parts of this form', columns, all));
  return html`<article class="part"><h3>${title}</h3>\n${where}${sketchPair(first.before, first.after)}${list}</article>\n`;
}

/** What of the first model the second one does with other nodes. */
export function rewrittenSection(parts: readonly RewrittenPart[]): Section | null {
  if (parts.length === 0) return null;
  const groups = groupAlike(parts);
  const undrawn = groups.slice(maxDrawn).flat();
  const rest =
    undrawn.length === 0
      ? null
      : html`<h3>${plural(undrawn.length, 'more part')}</h3>\n${table('Parts that are not drawn', columns, undrawn)}`;
  const folded = groups.slice(maxOpen, maxDrawn);
  const more =
    folded.length === 0
      ? null
      : details(plural(folded.length, 'more form'), html`${folded.map(groupHtml)}`);
  return {
    id: 'rewritten',
    title: 'Rewritten parts',
    body: html`<p>${plural(parts.length, 'part')} of the first model, between values that both models have, ${parts.length === 1 ? 'is' : 'are'} other nodes in the second.</p>
${groups.slice(0, maxOpen).map(groupHtml)}${more}${rest}`,
  };
}
