import { type Content, type Html, html } from '../html.js';

/** The rectangle that data is drawn in, in the coordinates of an SVG of this size. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export type Scale = (value: number) => number;

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** The linear function that maps `low` to `start` and `high` to `end`. */
export const linear = (low: number, high: number, start: number, end: number): Scale => {
  const slope = high === low ? 0 : (end - start) / (high - low);
  return (value) => start + slope * (value - low);
};

/** Coordinates need no more digits, and a chart has thousands of them. */
export const coordinate = (value: number): string => String(Math.round(10 * value) / 10);

/** The smallest step of 1, 2, 5, 10, 20 … that leaves at most `count` steps in `span`. */
export function niceStep(span: number, count: number): number {
  for (let decade = 1; ; decade *= 10) {
    for (const step of [decade, 2 * decade, 5 * decade]) if (span / step <= count) return step;
  }
}

/** Whole numbers between `low` and `high`, at most `count` + 1 of them. */
export function wholeTicks(low: number, high: number, count: number): number[] {
  const step = niceStep(high - low, count);
  const first = Math.ceil(low / step) * step;
  const length = Math.max(0, Math.floor((high - first) / step) + 1);
  return Array.from({ length }, (_, i) => first + i * step);
}

/** Powers of ten, for an axis whose values are decimal logarithms. */
export const decadeTicks = (low: number, high: number, count: number): Tick[] =>
  wholeTicks(low, high, count).map((at) => ({ at, label: `1e${at}` }));

export function horizontalAxis(
  frame: Frame,
  x: Scale,
  ticks: readonly Tick[],
  title: string,
): Html {
  const y = frame.height - frame.bottom;
  const marks = ticks.map(({ at, label }) => {
    const position = coordinate(x(at));
    return html`<line class="axis" x1="${position}" x2="${position}" y1="${y}" y2="${y + 4}"/><text x="${position}" y="${y + 17}" text-anchor="middle">${label}</text>\n`;
  });
  return html`<line class="axis" x1="${frame.left}" x2="${frame.width - frame.right}" y1="${y}" y2="${y}"/>
${marks}<text class="title" x="${frame.width - frame.right}" y="${y + 34}" text-anchor="end">${title}</text>\n`;
}

/** Labels beside light lines across the frame, the title above. */
export function verticalAxis(frame: Frame, y: Scale, ticks: readonly Tick[], title: string): Html {
  const marks = ticks.map(({ at, label }) => {
    const position = coordinate(y(at));
    return html`<line class="grid" x1="${frame.left}" x2="${frame.width - frame.right}" y1="${position}" y2="${position}"/><text x="${frame.left - 8}" y="${position}" dy="0.32em" text-anchor="end">${label}</text>\n`;
  });
  return html`<text class="title" x="0" y="12">${title}</text>\n${marks}`;
}

/** A chart as one picture: `label` says what a reader would see in it. */
export const chart = (
  { width, height }: Frame,
  kind: string,
  label: string,
  content: Content,
): Html =>
  html`<svg class="chart ${kind}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${content}</svg>\n`;
