import { coordinate } from '../charts/axes.js';
import { type Html, html } from '../html.js';
import { lineHeight } from './boxes.js';
import type { Vertex } from './flow.js';
import type { Layout, PlacedBox, Point } from './layout.js';

/** Operators with weights stand out: they are what a merge is about. */
const weighted = new Set(['Conv', 'ConvTranspose', 'Gemm', 'MatMul']);

const classOf = ({ kind, heading }: Vertex): string =>
  kind === 'node' ? (weighted.has(heading) ? 'node weighted' : 'node') : kind;

const titleOf = ({ heading, detail, name }: Vertex): string =>
  [heading, name, detail].filter((text) => text !== '').join('\n');

function boxHtml({ vertex, lines, x, y, width, height }: PlacedBox): Html {
  const isEnd = vertex.kind === 'source' || vertex.kind === 'output';
  const first = y - ((lines.length - 1) * lineHeight) / 2;
  const texts = lines.map(
    ({ text, className }, i) =>
      html`<text class="${className}" x="${coordinate(x)}" y="${coordinate(first + i * lineHeight)}" dy="0.34em">${text}</text>`,
  );
  return html`<g class="${classOf(vertex)}"><title>${titleOf(vertex)}</title><rect x="${coordinate(x - width / 2)}" y="${coordinate(y - height / 2)}" width="${width}" height="${height}" rx="${isEnd ? height / 2 : 4}"/>${texts}</g>\n`;
}

const pair = ({ x, y }: Point): string => `${coordinate(x)} ${coordinate(y)}`;

const between = (a: Point, b: Point): Point => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });

/** A curve that starts and ends where the polyline does, and is smooth at its corners. */
function curve(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  const last = rest.pop() ?? first;
  const bends = rest.map(
    (corner, i) => `Q${pair(corner)} ${pair(between(corner, rest[i + 1] ?? last))}`,
  );
  return `M${pair(first)}${bends.join('')}L${pair(last)}`;
}

/** A triangle that points along the last stretch, drawn itself since markers need an id in the page. */
function arrow(points: readonly Point[]): string {
  const tip = points.at(-1);
  const tail = points.at(-2);
  if (tip === undefined || tail === undefined) return '';
  const length = Math.hypot(tip.x - tail.x, tip.y - tail.y) || 1;
  const [dx, dy] = [(7 * (tip.x - tail.x)) / length, (7 * (tip.y - tail.y)) / length];
  const base = { x: tip.x - dx, y: tip.y - dy };
  const left = { x: base.x - dy / 2, y: base.y + dx / 2 };
  const right = { x: base.x + dy / 2, y: base.y - dx / 2 };
  return `M${pair(tip)}L${pair(left)}L${pair(right)}Z`;
}

/** A graph as one picture in its natural size. */
export function graphDrawing({ width, height, boxes, lines }: Layout, label: string): Html {
  const edges = lines.map(
    (points) =>
      html`<path class="edge" d="${curve(points)}"/><path class="arrow" d="${arrow(points)}"/>\n`,
  );
  return html`<svg class="graph" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
${edges}${boxes.map(boxHtml)}</svg>`;
}
