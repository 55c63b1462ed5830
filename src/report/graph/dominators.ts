import type { Flow } from './flow.js';

/** Indices of the vertices before and behind each vertex. */
export interface Neighbours {
  readonly before: readonly (readonly number[])[];
  readonly behind: readonly (readonly number[])[];
}

export function neighbours({ vertices, edges }: Flow): Neighbours {
  const before: number[][] = vertices.map(() => []);
  const behind: number[][] = vertices.map(() => []);
  for (const [from, to] of edges) {
    before[to]?.push(from);
    behind[from]?.push(to);
  }
  return { before, behind };
}

/**
 * The last vertex that every path from the ends to a vertex meets before it, −1 where there is none (Cooper, Harvey &
 * Kennedy, "A Simple, Fast Dominance Algorithm"; without cycles one pass is enough).
 * @param before neighbours with smaller indices
 */
function immediateDominators(before: readonly (readonly number[])[]): number[] {
  const dominators: number[] = [];
  const meet = (x: number, y: number): number => {
    let [a, b] = [x, y];
    while (a !== b) {
      if (a > b) a = dominators[a] as number;
      else b = dominators[b] as number;
    }
    return a;
  };
  for (const indices of before) {
    dominators.push(indices.length === 0 ? -1 : indices.reduce(meet));
  }
  return dominators;
}

export interface Dominance {
  /** The vertex through which everything must pass that gets to a vertex, and that leaves it; −1 for none. */
  readonly entry: readonly number[];
  readonly exit: readonly number[];
}

export function dominance({ before, behind }: Neighbours): Dominance {
  const last = before.length - 1;
  // Seen from the end, indices descend; mirrored, they ascend again.
  const mirrored = behind.toReversed().map((indices) => indices.map((index) => last - index));
  const exit = immediateDominators(mirrored)
    .toReversed()
    .map((index) => (index < 0 ? -1 : last - index));
  return { entry: immediateDominators(before), exit };
}
