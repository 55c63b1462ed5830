import { formatCount, formatError, plural } from '../format.js';
import { type Html, html } from '../html.js';
import {
  chart,
  coordinate,
  decadeTicks,
  type Frame,
  horizontalAxis,
  linear,
  type Scale,
  verticalAxis,
} from './axes.js';

/** Elements whose error is in [2^exponent, 2^(exponent + 1)). */
export interface Bin {
  readonly exponent: number;
  /** In all runs, and in the run whose bound is drawn. */
  readonly all: number;
  readonly worst: number;
}

export interface Histogram {
  readonly label: string;
  readonly bins: readonly Bin[];
  /** Largest error that the worst run may have, null where none is allowed. */
  readonly bound: number | null;
}

const frame: Frame = { width: 340, height: 216, left: 40, right: 10, top: 28, bottom: 42 };

/** More bins would be thinner than a reader can see; what is below them counts as the lowest one. */
const maxBins = 72;

/** Bins of nothing but tiny errors, such as those of a run on denormal numbers, become one. */
function withoutTail(bins: readonly Bin[]): readonly Bin[] {
  const lowest = (bins.at(-1)?.exponent ?? 0) - maxBins + 1;
  const tail = bins.filter(({ exponent }) => exponent < lowest);
  if (tail.length === 0) return bins;
  const merged = bins.filter(({ exponent }) => exponent >= lowest);
  const sum = (key: 'all' | 'worst'): number =>
    [...tail, ...merged.filter(({ exponent }) => exponent === lowest)].reduce(
      (total, bin) => total + bin[key],
      0,
    );
  return [
    { exponent: lowest, all: sum('all'), worst: sum('worst') },
    ...merged.filter(({ exponent }) => exponent > lowest),
  ];
}

function barHtml(bin: Bin, x: Scale, y: Scale): Html {
  const left = x(bin.exponent);
  const width = Math.max(x(bin.exponent + 1) - left - 0.6, 0.6);
  const rect = (count: number, kind: string): Html | null => {
    if (count === 0) return null;
    const top = y(Math.log10(count));
    return html`<rect class="${kind}" x="${coordinate(left + 0.3)}" y="${coordinate(top)}" width="${coordinate(width)}" height="${coordinate(frame.height - frame.bottom - top)}"/>`;
  };
  const range = `${formatError(2 ** bin.exponent)} to ${formatError(2 ** (bin.exponent + 1))}`;
  const title = `${range}: ${plural(bin.all, 'element')}, ${bin.worst} of the worst run`;
  return html`<g><title>${title}</title>${rect(bin.all, 'all')}${rect(bin.worst, 'worst')}</g>\n`;
}

function boundLine(log2: number, x: Scale): Html {
  const position = x(log2);
  const [anchor, shift] = position > frame.width / 2 ? ['end', -5] : ['start', 5];
  return html`<line class="bound" x1="${coordinate(position)}" x2="${coordinate(position)}" y1="${frame.top - 6}" y2="${frame.height - frame.bottom}"/><text class="bound" x="${coordinate(position + shift)}" y="${frame.top + 2}" text-anchor="${anchor}">bound</text>\n`;
}

/** `1`, `10 k`: a power of ten without decimals. */
const countLabel = (exponent: number): string => formatCount(10 ** exponent).replace('.0', '');

/** How many elements have which error, both on logarithmic axes so that a single one beyond the bound shows. */
export function histogramChart({ label, bins: all, bound }: Histogram): Html {
  const bins = withoutTail(all);
  const boundAt = bound === null || bound <= 0 ? [] : [Math.log2(bound)];
  const low = Math.min(...bins.map(({ exponent }) => exponent), ...boundAt) - 1;
  const high = Math.max(...bins.map(({ exponent }) => exponent + 1), ...boundAt) + 1;
  const x = linear(low, high, frame.left, frame.width - frame.right);
  const top = Math.max(1, Math.ceil(Math.log10(Math.max(...bins.map((bin) => bin.all)))));
  // Half a decade below 1, so that a single element has some height.
  const y = linear(-0.5, top, frame.height - frame.bottom, frame.top);
  const counts = Array.from({ length: top + 1 }, (_, at) => ({ at, label: countLabel(at) }));
  const decades = Math.log10(2);
  const errors = decadeTicks(low * decades, high * decades, 5).map((tick) => ({
    ...tick,
    at: tick.at / decades,
  }));
  return chart(
    frame,
    'histogram',
    label,
    html`${verticalAxis(
      frame,
      y,
      counts.filter(({ at }) => top <= 5 || at % 2 === 0),
      'elements',
    )}${bins.map((bin) => barHtml(bin, x, y))}${boundAt.map((at) => boundLine(at, x))}${horizontalAxis(frame, x, errors, '|error|')}`,
  );
}
