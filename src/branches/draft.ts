import { internalError } from '../errors.js';
import { type Graph, GraphBuilder, Node, type Value } from '../ir/index.js';
import type { DataType, Tensor } from '../tensor/index.js';
import { Emitter } from './emit.js';
import { ParameterMaker } from './parameters.js';

/** Nodes written behind the end of a graph, until it is clear whether and where they go. */
export class Draft {
  readonly emit: Emitter;
  readonly parameters: ParameterMaker;
  readonly #graph: Graph;
  readonly #length: number;

  /** @param known values that parameters of these names have already, by their whole names */
  constructor(
    graph: Graph,
    prefix: string,
    dtype: DataType,
    seed: number,
    known: (name: string) => Tensor | null = () => null,
  ) {
    const names = new Set(graph.nodes.map(({ name }) => name));
    this.emit = new Emitter(new GraphBuilder(graph), prefix, dtype, names);
    this.parameters = new ParameterMaker(graph, prefix, dtype, seed, known);
    this.#graph = graph;
    this.#length = graph.nodes.length;
  }

  /** Puts the block where the first of `replaced` stood; `value` takes the place of what the last one gave. */
  replace(replaced: readonly Node[], value: Value): void {
    const nodes = this.#graph.nodes.splice(this.#length);
    const last = nodes.findIndex((node) => node.results.includes(value));
    const [producer, first, final] = [nodes[last], replaced[0], replaced.at(-1)];
    if (!producer || !first || !final) throw internalError('a block without nodes');
    nodes[last] = new Node(producer.opType, producer.inputs, final.outputs, {
      name: producer.name,
      attributes: producer.attributes,
    });
    producer.detach();
    const constants = replaced.flatMap((node) => node.operands);
    this.#graph.rewrite(new Set(replaced), new Map([[first, nodes]]));
    for (const constant of constants) this.#drop(constant);
  }

  /** Removes a constant that nobody reads any more. */
  #drop(constant: Value): void {
    const node = constant.producer;
    if (!node) this.#graph.pruneInitializers([constant]);
    if (!node?.is('Constant', 'Identity')) return;
    if (constant.users.size > 0 || constant.outputOf.size > 0) return;
    const sources = node.operands;
    this.#graph.rewrite(new Set([node]), new Map());
    for (const source of sources) this.#drop(source);
  }

  discard(): void {
    for (const node of this.#graph.nodes.splice(this.#length)) node.detach();
    this.#graph.pruneInitializers(this.parameters.made.map(({ value }) => value));
  }
}
