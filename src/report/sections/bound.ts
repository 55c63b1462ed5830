import type { RoundingBound } from '../../verify/compare/bound.js';
import { toleranceUsed, type WorstRun } from '../../verify/report.js';
import { formatError } from '../format.js';
import { type Content, type Html, html } from '../html.js';
import { name } from '../names.js';
import { details } from '../section.js';
import { type Column, table } from '../table.js';
import { runName } from './runs.js';

type Bounded = WorstRun & { readonly bound: RoundingBound };

/** An exact power of two as one. */
const roundoff = (u: number): Html => html`2<sup>−${-Math.round(Math.log2(u))}</sup>`;

/** `12 345`: the digits of a large count stay readable. */
const grouped = (value: number): string =>
  String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u{202f}');

function magnitudeText(value: number): string {
  return value !== 0 && (value < 0.01 || value >= 1e5) ? formatError(value) : value.toPrecision(3);
}

interface Term {
  readonly value: Content;
  readonly meaning: string;
  /** What stands between the term before and this one. */
  readonly operator: string;
}

const termHtml = ({ value, meaning, operator }: Term): Html =>
  html`<div class="term"><span class="operator">${operator}</span><div><b>${value}</b><span>${meaning}</span></div></div>\n`;

function formula(bound: RoundingBound): Html {
  const { safetyFactor, unitRoundoff, roundings, amplification, magnitude, underflow } = bound;
  const terms: Term[] = [
    { operator: '', value: safetyFactor, meaning: 'safety factor' },
    { operator: '·', value: roundoff(unitRoundoff), meaning: 'unit roundoff u' },
    { operator: '·', value: html`√${grouped(roundings)}`, meaning: 'roundings n' },
    { operator: '·', value: magnitudeText(amplification), meaning: 'amplification' },
    { operator: '·', value: magnitudeText(magnitude), meaning: 'max |output|' },
    ...(underflow === 0
      ? []
      : [{ operator: '+', value: formatError(underflow), meaning: 'underflow' }]),
    { operator: '=', value: formatError(bound.absolute), meaning: 'bound' },
  ];
  return html`<div class="formula">\n${terms.map(termHtml)}</div>\n`;
}

const columns: readonly [Column<Bounded>, ...Column<Bounded>[]] = [
  { heading: 'Output', cell: ({ output }) => name(output.name) },
  { heading: 'Run', cell: ({ run }) => `${run.device}, ${runName(run)}` },
  { heading: 'u', numeric: true, cell: ({ bound }) => roundoff(bound.unitRoundoff) },
  { heading: 'n', numeric: true, cell: ({ bound }) => grouped(bound.roundings) },
  {
    heading: 'Amplification',
    numeric: true,
    cell: ({ bound }) => magnitudeText(bound.amplification),
  },
  { heading: 'Max |output|', numeric: true, cell: ({ bound }) => magnitudeText(bound.magnitude) },
  { heading: 'Underflow', numeric: true, cell: ({ bound }) => formatError(bound.underflow) },
  { heading: 'Bound', numeric: true, cell: ({ bound }) => formatError(bound.absolute) },
];

/** How the bounds were derived, with the figures of the output that comes closest to its own. */
export function boundHtml(worst: readonly WorstRun[]): Html | null {
  const bounded = worst
    .flatMap((run): Bounded[] => (run.output.bound ? [{ ...run, bound: run.output.bound }] : []))
    .toSorted((x, y) => toleranceUsed(y.output) - toleranceUsed(x.output));
  const [tightest] = bounded;
  if (tightest === undefined) return null;
  const all = details(
    'The figures of every output',
    table('How the bounds were derived', columns, bounded),
  );
  return html`<h3>Where the bound comes from</h3>
<p>Two correct evaluations of one function differ by rounding alone. A layer that sums n products rounds n times; roundings act like independent random numbers, so those of both models add up to √n·u and not to n·u. Amplification is what the layers behind were measured to do to such an error. For ${name(tightest.output.name)}:</p>
${formula(tightest.bound)}${bounded.length > 1 ? all : null}`;
}
