import { dominance, type Neighbours, neighbours } from './dominators.js';
import type { Flow, Vertex } from './flow.js';

/** Operators that a reader looks for. Around them is shape arithmetic and data movement, in hundreds of nodes. */
const landmarks = new Set([
  'AveragePool',
  'BatchNormalization',
  'Conv',
  'ConvTranspose',
  'Gemm',
  'GlobalAveragePool',
  'InstanceNormalization',
  'LayerNormalization',
  'MatMul',
  'MaxPool',
  'Relu',
]);

const isPlain = ({ kind, heading }: Vertex): boolean => kind === 'node' && !landmarks.has(heading);

/** Fewer are as easily drawn one by one. */
const minGroup = 3;

/** `Gather ×12, Shape ×6, Pad`: the most frequent operators first. */
export function operatorCounts(headings: readonly string[]): [opType: string, count: number][] {
  const counts = new Map<string, number>();
  for (const heading of headings) counts.set(heading, (counts.get(heading) ?? 0) + 1);
  return [...counts].sort(([x, m], [y, n]) => n - m || (x < y ? -1 : 1));
}

/** Operators that a group names. */
const shown = 2;

function describe(members: readonly Vertex[]): Vertex {
  const counts = operatorCounts(members.map(({ heading }) => heading));
  const parts = counts.slice(0, shown).map(([opType, n]) => (n === 1 ? opType : `${opType} ×${n}`));
  const more = counts.length > shown ? ', …' : '';
  return {
    kind: 'group',
    heading: `${members.length} nodes`,
    detail: `${parts.join(', ')}${more}`,
    name: '',
  };
}

/** Vertices behind `entry` up to `exit`, which all paths from `entry` reach; null once one of them is no plain node. */
function plainBetween(
  { vertices }: Flow,
  { behind }: Neighbours,
  entry: number,
  exit: number,
): Set<number> | null {
  const seen = new Set<number>();
  const waiting = [...(behind[entry] ?? [])];
  for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
    if (seen.has(index)) continue;
    if (!isPlain(vertices[index] as Vertex)) return null;
    seen.add(index);
    if (index !== exit) waiting.push(...(behind[index] ?? []));
  }
  return seen;
}

/**
 * Replaces every largest group of plain nodes with one way in and one way out by a single vertex. Chains are such
 * groups, and so are the paddings that exporters spell in hundreds of nodes.
 */
export function collapse(flow: Flow): Flow {
  const around = neighbours(flow);
  const { entry, exit } = dominance(around);
  const groupOf = new Map<number, number>();
  const groups: Vertex[][] = [];
  for (let start = 0; start < flow.vertices.length; start++) {
    if (groupOf.has(start)) continue;
    const members = new Set<number>();
    let from = start;
    for (;;) {
      const to = exit[from] ?? -1;
      if (to < 0 || entry[to] !== from) break;
      const between = plainBetween(flow, around, from, to);
      if (between === null) break;
      for (const index of between) members.add(index);
      from = to;
    }
    if (members.size < minGroup) continue;
    for (const index of members) groupOf.set(index, groups.length);
    groups.push([...members].map((index) => flow.vertices[index] as Vertex));
  }
  return contract(flow, groupOf, groups);
}

function contract(
  { vertices, edges }: Flow,
  groupOf: ReadonlyMap<number, number>,
  groups: readonly (readonly Vertex[])[],
): Flow {
  const kept: Vertex[] = [];
  const placeOfGroup = new Map<number, number>();
  const places = vertices.map((vertex, index) => {
    const group = groupOf.get(index);
    const known = group === undefined ? undefined : placeOfGroup.get(group);
    if (known !== undefined) return known;
    if (group !== undefined) placeOfGroup.set(group, kept.length);
    kept.push(group === undefined ? vertex : describe(groups[group] ?? []));
    return kept.length - 1;
  });
  const contracted = new Map<string, [number, number]>();
  for (const [from, to] of edges) {
    const edge: [number, number] = [places[from] as number, places[to] as number];
    if (edge[0] !== edge[1]) contracted.set(edge.join(), edge);
  }
  return { vertices: kept, edges: [...contracted.values()] };
}
