import type { Node, Value } from '../ir/index.js';
import { buildNodes, type Part, type Store } from './emit.js';
import type { Region } from './plan.js';
import { abandonedNodes } from './region.js';

/** Collects what is to change, so that the model stays whole until every region is decided. */
export class Writer {
  readonly #pending: { readonly region: Region; readonly parts: readonly Part[] }[] = [];
  readonly #stored = new Map<string, Value[]>();

  add(region: Region, parts: readonly Part[]): void {
    this.#pending.push({ region, parts });
  }

  /** Rewrites each graph in one pass. */
  rewrite(): void {
    for (const graph of new Set(this.#pending.map(({ region }) => region.graph))) {
      const removed = new Set<Node>();
      const inserted = new Map<Node, Node[]>();
      for (const { region, parts } of this.#pending) {
        if (region.graph !== graph) continue;
        const anchor = region.output.producer as Node;
        for (const node of region.nodes) removed.add(node);
        inserted.set(anchor, buildNodes(graph, parts, region.output, anchor.name, this.#store));
      }
      const read = operandsOf(removed);
      graph.rewrite(removed, inserted);
      const abandoned = abandonedNodes(read, new Set(graph.nodes));
      const unread = operandsOf(abandoned);
      graph.rewrite(abandoned, new Map());
      graph.pruneInitializers(new Set([...read, ...unread]));
    }
  }

  /** Call sites that shared their weights share the merged ones. */
  readonly #store: Store = (graph, base, tensor) => {
    const key = `${tensor.dtype}:${tensor.dims.join()}`;
    const alike = this.#stored.get(key) ?? [];
    const same = alike.find(
      (value) => graph.initializers.has(value) && value.constant?.equals(tensor),
    );
    if (same) return same;
    const value = graph.addInitializer(base, tensor);
    this.#stored.set(key, [...alike, value]);
    return value;
  };
}

const operandsOf = (nodes: ReadonlySet<Node>): readonly Value[] =>
  [...nodes].flatMap((node) => node.operands);
