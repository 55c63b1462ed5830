import type { Types, Value } from '../ir/index.js';
import { type AffineMap, reachOf, readsLastAxis, type Window } from '../linear/index.js';
import { knownDims } from './concrete.js';
import type { MergePlan, Region, Term } from './plan.js';
import type { ProbeShape } from './probe-images.js';
import { sizeAgnostic } from './probe-part.js';

type Shapes = ReadonlyMap<Value, ProbeShape>;

/** Shapes of a region's sources to probe it with: small images where the nodes allow them, then the model's own. */
export function* probeShapes(plan: MergePlan, region: Region, concrete: Types): Generator<Shapes> {
  const agnostic = [...region.nodes].every(
    (node) => sizeAgnostic.has(node.opType) || plan.constants.isConstant(node.results[0] as Value),
  );
  const small = agnostic ? smallShapes(plan.types, region.terms) : null;
  if (small) yield small;
  const own = ownShapes(plan.types, region.terms, concrete, agnostic);
  if (own) yield own;
}

function ownShapes(
  types: Types,
  terms: readonly Term[],
  concrete: Types,
  agnostic: boolean,
): Shapes | null {
  const shapes = new Map<Value, ProbeShape>();
  const channelsLast = terms.some(({ map }) => map && readsLastAxis(map));
  for (const { source, map } of terms) {
    const shape = knownDims(concrete.of(source)?.shape ?? null);
    if (!shape) return null;
    const [batch = 1, ...spatial] = shape;
    const channels = (channelsLast ? spatial.pop() : spatial.shift()) ?? 1;
    const fixed = typeof types.of(source)?.shape?.[0] === 'number';
    const reach = shapes.has(source) ? undefined : reachIn(map, spatial.length);
    const anyBatch = agnostic && !fixed;
    shapes.set(source, { channels, spatial, batch: anyBatch ? null : batch, channelsLast, reach });
  }
  return shapes;
}

/** Images long enough for an interior position and both borders, which give outputs of one size. */
function smallShapes(types: Types, terms: readonly Term[]): Shapes | null {
  const maps = terms.flatMap(({ map }) => map ?? []);
  const [only] = maps;
  if (terms.length === 1 && only && readsLastAxis(only)) return lastAxisShape(types, terms[0]);
  if (maps.some((map) => readsLastAxis(map) || (map.transposed && maps.length > 1))) return null;
  if (new Set(terms.map(({ source }) => source)).size < terms.length) return null;
  const outputs = outputLengths(terms);
  const shapes = new Map<Value, ProbeShape>();
  for (const { source, map } of terms) {
    const shape = types.of(source)?.shape;
    const channels = shape?.[1];
    if (typeof channels !== 'number') return null;
    const spatial: number[] = [];
    for (const [axis, length] of outputs.entries()) {
      const own = shape?.[axis + 2];
      const wanted =
        terms.length === 1 && map ? neededBy(map, axis) : inputLength(map, axis, length);
      const possible = typeof own === 'number' ? Math.min(own, wanted) : wanted;
      if (possible < wanted && terms.length > 1) return null;
      spatial.push(possible);
    }
    const reach = reachIn(map, spatial.length);
    shapes.set(source, { channels, spatial, batch: null, channelsLast: false, reach });
  }
  return shapes;
}

function lastAxisShape(types: Types, term: Term | undefined): Shapes | null {
  const rank = term && types.of(term.source)?.shape?.length;
  if (!term?.map || !rank) return null;
  const spatial = Array<number>(rank - 2).fill(4);
  const reach = reachIn(term.map, spatial.length);
  const shape = { channels: term.map.inputs, spatial, batch: null, channelsLast: true, reach };
  return new Map([[term.source, shape]]);
}

/** How far apart one output can see along each axis; undefined where it sees all. */
function reachIn(map: AffineMap | null, rank: number): number[] | undefined {
  if (map === null || readsLastAxis(map)) return Array<number>(rank).fill(0);
  if (map.axes.length !== rank) return undefined;
  return map.axes.map((w) => (map.transposed ? Math.ceil(reachOf(w) / w.stride) : reachOf(w)));
}

/** An interior position, both borders, and room between them. */
function neededBy(map: AffineMap, axis: number): number {
  const w = map.axes[axis] as Window;
  if (map.transposed) return 5;
  return Math.max(reachOf(w) + 2 * w.stride, 2 * reachOf(w)) + 3;
}

/** Output lengths for which every source is long enough. */
function outputLengths(terms: readonly Term[]): number[] {
  const rank = Math.max(...terms.map(({ map }) => map?.axes.length ?? 0));
  return Array.from({ length: rank }, (_, axis) =>
    Math.max(
      ...terms.map(({ map }) => {
        if (map === null) return 3;
        const { stride, extent } = map.axes[axis] as Window;
        return Math.ceil((neededBy(map, axis) - 1 + extent) / stride) + 1;
      }),
    ),
  );
}

/** The input length that gives `length` outputs. */
function inputLength(map: AffineMap | null, axis: number, length: number): number {
  if (map === null) return length;
  const { stride, extent } = map.axes[axis] as Window;
  return stride * (length - 1) + 1 - extent;
}
