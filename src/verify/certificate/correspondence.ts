import type { Graph, Model, Node, Value } from '../../ir/index.js';
import { sameHeader, sameNode, sameOpaque } from '../../onnx/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { RegionPart } from './region-part.js';

/** One region in both files. */
export interface RegionPair {
  readonly original: RegionPart;
  readonly merged: RegionPart;
}

/**
 * What of a merged model is the same as in its original, found by names. Equal nodes with equal inputs, and regions
 * proven equal, make all values that share a name equal, one after the other in the order of the graph.
 */
export class Correspondence {
  /** Graphs of the original and those that stand for them. */
  readonly graphs: ReadonlyMap<Graph, Graph>;
  readonly #models: readonly [original: Model, merged: Model];
  /** Nodes of the merged model and the equal ones of the original. */
  readonly #twins = new Map<Node, Node>();
  readonly #constants = new Map<Value, Value>();

  constructor(original: Model, merged: Model) {
    this.#models = [original, merged];
    const graphs = new Map([[original.graph, merged.graph]]);
    // Grows while it is walked: by the graphs in the attributes of equal nodes.
    for (const [a, b] of graphs) {
      const byResult = new Map(a.nodes.map((node) => [node.results[0]?.name, node]));
      for (const node of b.nodes) {
        const twin = byResult.get(node.results[0]?.name);
        if (!twin || !sameNode(twin, node)) continue;
        this.#twins.set(node, twin);
        for (const [i, graph] of twin.subgraphs.entries()) {
          graphs.set(graph, node.subgraphs[i] as Graph);
        }
      }
    }
    this.graphs = graphs;
  }

  /** Number of equal nodes. */
  get kept(): number {
    return this.#twins.size;
  }

  /** Differences that the regions do not explain, as sentences. */
  *differences(regions: readonly RegionPair[]): Generator<string> {
    const [original, merged] = this.#models;
    if (!sameHeader(original, merged)) {
      yield 'the operator sets, functions or metadata of the models differ';
    }
    const outputs = new Map(regions.map((pair) => [pair.merged.output, pair.original.output]));
    const insideOriginal = new Set(regions.flatMap((pair) => [...pair.original.nodes]));
    const insideMerged = new Set(regions.flatMap((pair) => [...pair.merged.nodes]));
    const kept = new Set(this.#twins.values());
    // Causes come before what follows from them.
    for (const [a, b] of this.graphs) {
      for (const node of a.nodes) {
        if (!kept.has(node) && !insideOriginal.has(node)) {
          yield `${node.label} is gone or changed, and no region replaces it`;
        }
      }
      for (const node of b.nodes) {
        if (!this.#twins.has(node) && !insideMerged.has(node)) {
          yield `${node.label} is new, and belongs to no region`;
        }
      }
    }
    for (const [node, twin] of this.#twins) yield* this.#inputDifferences(twin, node, outputs);
    for (const [a, b] of this.graphs) yield* this.#graphDifferences(a, b, outputs);
    for (const { original: a, merged: b } of regions) {
      for (const [i, source] of b.sources.entries()) {
        if (!this.#same(a.sources[i] ?? null, source, outputs)) {
          yield `'${source.name}' is not the value that it was`;
        }
      }
    }
  }

  *#graphDifferences(a: Graph, b: Graph, outputs: ReadonlyMap<Value, Value>): Generator<string> {
    const where = a.name ? `graph '${a.name}'` : 'a graph';
    if (!sameOpaque(a, b)) yield `the sparse or opaque initializers of ${where} differ`;
    const [inputs, others] = [a, b].map((graph) =>
      graph.inputs.filter((input) => input.constant === null).map(declaration),
    );
    if (inputs?.join() !== others?.join()) yield `the inputs of ${where} differ`;
    const same = a.outputs.every((value, i) => {
      const other = b.outputs[i];
      return (
        other !== undefined &&
        declaration(value) === declaration(other) &&
        this.#same(value, other, outputs)
      );
    });
    if (!same || a.outputs.length !== b.outputs.length) yield `the outputs of ${where} differ`;
  }

  *#inputDifferences(a: Node, b: Node, outputs: ReadonlyMap<Value, Value>): Generator<string> {
    for (const [i, input] of b.inputs.entries()) {
      if (this.#same(a.inputs[i] ?? null, input, outputs)) continue;
      yield `${b.label} reads '${input?.name}', which is not the value that it was`;
    }
  }

  /** @param outputs outputs of regions of the merged model, with those of the original. */
  #same(a: Value | null, b: Value | null, outputs: ReadonlyMap<Value, Value>): boolean {
    if (a === null || b === null) return a === b;
    if (a.name !== b.name) return false;
    const proven = outputs.get(b);
    if (proven) return proven === a;
    if (b.producer) return this.#twins.get(b.producer) === a.producer;
    return a.producer === null && this.#sameConstant(a, b);
  }

  #sameConstant(a: Value, b: Value): boolean {
    if (this.#constants.get(b) === a) return true;
    const same = equalTensors(a.constant, b.constant);
    if (same) this.#constants.set(b, a);
    return same;
  }
}

const equalTensors = (a: Tensor | null, b: Tensor | null): boolean =>
  a === null || b === null ? a === b : a.equals(b);

const declaration = ({ name, type }: Value): string => JSON.stringify([name, type]);
