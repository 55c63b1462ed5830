import type { Divergence, InsideReport } from '../../verify/inside/report.js';
import { formatError, formatShare, plural } from '../format.js';
import { sketchPair } from '../graph/sketch.js';
import { type Html, html } from '../html.js';
import { name } from '../names.js';
import { details, type Section } from '../section.js';

const maxShown = 12;

function divergenceHtml(divergence: Divergence): Html {
  const { a, b, nodeA, nodeB, error, index, expected, actual, causes, part } = divergence;
  const value =
    a === b
      ? name(a)
      : html`${name(a)} <span class="aside">(${name(b)} in the second model)</span>`;
  const nodes = nodeA === nodeB ? name(nodeA) : html`${name(nodeA)} against ${name(nodeB)}`;
  const size = part.before.nodes.length + part.after.nodes.length;
  return html`<article class="part"><h3>${value}</h3>
<dl class="findings">
<div><dt>Likely ${causes.length === 1 ? 'cause' : 'causes'}</dt><dd><ol>${causes.map((cause) => html`<li>${cause}</li>`)}</ol></dd></div>
<div><dt>Computed by</dt><dd>${nodes}</dd></div>
<div><dt>Error</dt><dd>${formatError(error.maxAbsolute)}, relative ${formatError(error.maxRelative)}, ${formatShare(error.toleranceUsed)} of its tolerance</dd></div>
<div><dt>Worst at [${index.join(', ')}]</dt><dd>expected <b>${expected}</b>, actual <b>${actual}</b></dd></div>
</dl>
${size === 0 ? null : details('The nodes around it', sketchPair(part.before, part.after))}</article>\n`;
}

/** The first values that differ, and why. */
export function divergencesSection({ divergences }: InsideReport): Section | null {
  if (divergences.length === 0) return null;
  const rest = divergences.length - maxShown;
  return {
    id: 'divergences',
    title: 'Where they part',
    body: html`<p>Values that differ although everything they are computed from agrees. The first is where the models part, others do not depend on it.</p>
${divergences.slice(0, maxShown).map(divergenceHtml)}${rest > 0 ? html`<p>${plural(rest, 'more value')} of this kind.</p>\n` : null}`,
  };
}
