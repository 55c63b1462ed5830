import {
  chart,
  coordinate,
  type Frame,
  horizontalAxis,
  linear,
  niceStep,
  type Scale,
  type Tick,
  verticalAxis,
  wholeTicks,
} from '../../report/charts/axes.js';
import { plural } from '../../report/format.js';
import { type Html, html } from '../../report/html.js';
import type { CurvePoint } from '../curves.js';
import { curveClass } from './style.js';

/** The curve of a method. */
export interface MethodCurve {
  readonly method: string;
  /** Its place among the study's methods. */
  readonly index: number;
  readonly points: readonly CurvePoint[];
}

export interface CurveChart {
  readonly title: string;
  readonly curves: readonly MethodCurve[];
  /** What to draw of a figure. */
  readonly shown: (value: number) => number;
  readonly text: (value: number) => string;
}

interface Scales {
  readonly x: Scale;
  readonly y: Scale;
}

const frame: Frame = { width: 480, height: 310, left: 40, right: 10, top: 30, bottom: 42 };

/** Dots are drawn where they do not run into each other. */
const fewPoints = 40;

/** Values between which fractions are ticked too. */
function ticksBetween(low: number, high: number): Tick[] {
  const parts = 1e4;
  const step = niceStep(parts * (high - low), 6) / parts;
  const digits = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9));
  return wholeTicks(parts * low, parts * high, 6).map((at) => ({
    at: at / parts,
    label: (at / parts).toFixed(digits).replace('-', '−'),
  }));
}

const line = (points: readonly (readonly [number, number])[]): string =>
  points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${coordinate(x)} ${coordinate(y)}`).join('');

function pointTitle(method: string, point: CurvePoint, text: CurveChart['text']): string {
  const { epoch, mean, low, high, count } = point;
  const range = count === 1 ? '' : ` (${text(low)} to ${text(high)}, ${plural(count, 'seed')})`;
  return `${method}, epoch ${epoch}: ${text(mean)}${range}`;
}

/** The mean as a line, from the least to the most of the seeds as a band; the figures show on pointing at a dot. */
function curve(
  { method, index, points }: MethodCurve,
  { x, y }: Scales,
  { shown, text }: CurveChart,
) {
  const at = (kind: 'mean' | 'low' | 'high') =>
    points.map((point) => [x(point.epoch), y(shown(point[kind]))] as const);
  const band = line([...at('high'), ...at('low').reverse()]);
  const dots = points.map((point) => {
    const [cx, cy] = [coordinate(x(point.epoch)), coordinate(y(shown(point.mean)))];
    const [kind, radius] = points.length <= fewPoints ? ['few', 2.2] : ['all', 4];
    return html`<circle class="${kind}" cx="${cx}" cy="${cy}" r="${radius}"><title>${pointTitle(method, point, text)}</title></circle>\n`;
  });
  return html`<g class="${curveClass(index)}"><path class="band" d="${band}Z"/><path class="line" d="${line(at('mean'))}"><title>${method}</title></path>\n${dots}</g>\n`;
}

function rangeOf(values: readonly number[]): [number, number] {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const margin = high > low ? 0.04 * (high - low) : Math.max(0.5, 0.1 * Math.abs(high));
  return [low - margin, high + margin];
}

function label({ title, curves, text }: CurveChart): string {
  const ends = curves.map(({ method, points }) => `${method} ${text(points.at(-1)?.mean ?? 0)}`);
  return `${title} from epoch to epoch; after the last: ${ends.join(', ')}`;
}

/** Curves of several methods over epochs; null where there are none. */
export function curveChart(content: CurveChart): Html | null {
  const { title, curves, shown } = content;
  const points = curves.flatMap((one) => one.points);
  if (points.length === 0) return null;
  const epochs = points.map(({ epoch }) => epoch);
  const [first, last] = [Math.min(...epochs), Math.max(...epochs)];
  const [low, high] = rangeOf(points.flatMap((point) => [shown(point.low), shown(point.high)]));
  const floor = frame.height - frame.bottom;
  const scales = {
    x: linear(first, Math.max(last, first + 1), frame.left + 8, frame.width - frame.right - 8),
    y: linear(low, high, floor, frame.top),
  };
  const ticks = wholeTicks(first, last, 8).map((at) => ({ at, label: String(at) }));
  return chart(
    frame,
    'curves',
    label(content),
    html`${verticalAxis(frame, scales.y, ticksBetween(low, high), title)}${curves.map((one) => curve(one, scales, content))}${horizontalAxis(frame, scales.x, ticks, 'epoch')}`,
  );
}
