import { Graph, layout } from '@dagrejs/dagre';
import { type Box, boxOf } from './boxes.js';
import type { Flow } from './flow.js';

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface PlacedBox extends Box {
  /** Of the centre. */
  readonly x: number;
  readonly y: number;
}

/** A graph with a place for everything, from top to bottom. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly PlacedBox[];
  /** Edges as polylines. */
  readonly lines: readonly (readonly Point[])[];
}

/** What of dagre is used here: its own declarations do not resolve as modules of Node. */
interface Dagre {
  setGraph(options: Readonly<Record<string, number | string>>): void;
  setDefaultEdgeLabel(make: () => object): void;
  setNode(id: string, size: { width: number; height: number }): void;
  setEdge(from: string, to: string): void;
  graph(): { readonly width: number; readonly height: number };
  node(id: string): Point;
  edge(from: string, to: string): { readonly points: readonly Point[] };
}

const options = { rankdir: 'TB', nodesep: 18, ranksep: 26, edgesep: 12, marginx: 3, marginy: 3 };

export function layOut({ vertices, edges }: Flow): Layout {
  const graph: Dagre = new Graph();
  graph.setGraph(options);
  graph.setDefaultEdgeLabel(() => ({}));
  const boxes = vertices.map(boxOf);
  for (const [i, { width, height }] of boxes.entries()) graph.setNode(`${i}`, { width, height });
  for (const [from, to] of edges) graph.setEdge(`${from}`, `${to}`);
  layout(graph);
  const { width, height } = graph.graph();
  const placed = boxes.map((box, i): PlacedBox => {
    const { x, y } = graph.node(`${i}`);
    return { ...box, x, y };
  });
  const lines = edges.map(([from, to]) => graph.edge(`${from}`, `${to}`).points);
  return { width: Math.ceil(width), height: Math.ceil(height), boxes: placed, lines };
}
