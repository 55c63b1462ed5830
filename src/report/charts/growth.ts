import type { ValueError, ValueReport } from '../../verify/inside/report.js';
import { formatError, formatShare } from '../format.js';
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
  wholeTicks,
} from './axes.js';

/** A value at its position among all that were compared. */
interface Placed {
  readonly position: number;
  readonly value: ValueReport;
  readonly divergent: boolean;
}

/** Of what rounding explains: the error at which all of the tolerance would be used. */
const explained = ({ maxRelative, toleranceUsed }: ValueError): number =>
  toleranceUsed > 0 ? maxRelative / toleranceUsed : 0;

/** Decimal logarithm, within what an axis can show: a tolerance of zero has no sensible one. */
const log10 = (error: number): number => Math.min(Math.max(Math.log10(error), -20), 10);

/** At most `count` values: of neighbours that would share a pixel the one that says the most. */
function thin(values: readonly Placed[], count: number): Placed[] {
  const size = Math.ceil(values.length / count);
  const rank = ({ value, divergent }: Placed): number =>
    divergent ? Number.POSITIVE_INFINITY : value.error.maxRelative;
  return Array.from({ length: Math.ceil(values.length / size) }, (_, i) =>
    values
      .slice(i * size, (i + 1) * size)
      .reduce((best, value) => (rank(value) > rank(best) ? value : best)),
  );
}

/** A line through the points above zero; zeros interrupt it. */
function path(points: readonly (readonly [number, number] | null)[]): string {
  let pen = 'M';
  return points
    .map((point) => {
      const step = point ? `${pen}${coordinate(point[0])} ${coordinate(point[1])}` : '';
      pen = point ? 'L' : 'M';
      return step;
    })
    .join('');
}

const titleOf = ({ a, producer }: ValueReport, kind: string, error: ValueError): string =>
  `${a} (${producer}): ${kind} ${formatError(error.maxRelative)}, ${formatShare(error.toleranceUsed)} of its tolerance`;

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
  /** Where errors of zero are drawn, which have no logarithm. */
  readonly floor: number;
}

function series(
  values: readonly Placed[],
  kind: 'accumulated' | 'local',
  errorOf: (value: ValueReport) => ValueError | null,
  { x, y, floor }: Scales,
): Html {
  const points = values.map(({ position, value }) => ({ position, value, error: errorOf(value) }));
  const line = path(
    points.map(({ position, error }) =>
      error && error.maxRelative > 0 ? [x(position), y(log10(error.maxRelative))] : null,
    ),
  );
  const dots = points.flatMap(({ position, value, error }) => {
    if (error === null) return [];
    const cy = error.maxRelative > 0 ? y(log10(error.maxRelative)) : floor;
    return html`<circle class="${kind}" cx="${coordinate(x(position))}" cy="${coordinate(cy)}" r="${values.length > 120 ? 1.8 : 2.6}"><title>${titleOf(value, `${kind} error`, error)}</title></circle>\n`;
  });
  return html`<path class="${kind}" d="${line}"/>\n${dots}`;
}

function boundPath(values: readonly Placed[], { x, y }: Scales): Html {
  const points = values.map(({ position, value }) => {
    const bound = explained(value.error);
    return bound > 0 ? ([x(position), y(log10(bound))] as const) : null;
  });
  return html`<path class="bound" d="${path(points)}"/>\n`;
}

function mark({ position, value }: Placed, frame: Frame, { x }: Scales, text: string): Html {
  const at = coordinate(x(position));
  const [anchor, shift] = x(position) > frame.width / 2 ? ['end', -6] : ['start', 6];
  return html`<g class="divergence"><title>${value.a}</title><line x1="${at}" x2="${at}" y1="${frame.top - 4}" y2="${frame.height - frame.bottom}"/><text x="${coordinate(x(position) + shift)}" y="${frame.top + 6}" text-anchor="${anchor}">${text}</text></g>\n`;
}

export interface Growth {
  readonly values: readonly ValueReport[];
  /** Names, in the first model, of the values at which the models part. */
  readonly divergent: readonly string[];
  readonly label: string;
  readonly size: { readonly width: number; readonly height: number };
}

/** Relative errors over the order of computation, on a logarithmic axis. */
export function growthChart({ values: all, divergent, label, size }: Growth): Html {
  const frame: Frame = { ...size, left: 44, right: 12, top: 30, bottom: 42 };
  const names = new Set(divergent);
  const placed = all.map((value, i) => ({ position: i + 1, value, divergent: names.has(value.a) }));
  const values = thin(placed, Math.floor(frame.width / 2));
  const logs = values
    .flatMap(({ value: { error, localError } }) => [
      error.maxRelative,
      localError?.maxRelative ?? 0,
      explained(error),
    ])
    .filter((error) => error > 0)
    .map(log10);
  const low = logs.length === 0 ? -8 : Math.floor(Math.min(...logs));
  const high = Math.ceil(Math.max(low + 2, ...logs));
  const floor = frame.height - frame.bottom;
  const scales: Scales = {
    x: linear(1, Math.max(all.length, 2), frame.left + 8, frame.width - frame.right - 8),
    y: linear(low, high, floor - 10, frame.top),
    floor,
  };
  const positions = wholeTicks(1, all.length, Math.floor(frame.width / 90));
  const ticks = positions.map((at) => ({ at, label: String(at) }));
  const marks = values.filter((value) => value.divergent);
  return chart(
    frame,
    'growth',
    label,
    html`${verticalAxis(frame, scales.y, decadeTicks(low, high, 7), 'relative error')}${boundPath(values, scales)}${series(values, 'local', ({ localError }) => localError, scales)}${series(values, 'accumulated', ({ error }) => error, scales)}${marks.map((value, i) => mark(value, frame, scales, i === 0 ? 'they part here' : ''))}${horizontalAxis(frame, scales.x, ticks, 'value, in order of computation')}`,
  );
}
