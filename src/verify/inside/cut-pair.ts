import type { Value } from '../../ir/index.js';
import { reductionLength } from '../compare/bound.js';
import type { ValuePair } from './match-values.js';
import { type Part, partBefore, sameOperators, sketchPart } from './parts.js';
import type { RewrittenPart } from './report.js';
import type { VaryingGraph } from './varying.js';

/** A part whose results jump at near-ties may answer rounding with another result. */
const discontinuous = new Set([
  ...['ArgMax', 'ArgMin', 'TopK', 'NonMaxSuppression', 'Round', 'Floor', 'Ceil', 'Sign', 'Mod'],
  ...['Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Equal', 'NonZero', 'OneHot', 'Unique'],
  ...['QuantizeLinear', 'DynamicQuantizeLinear'],
]);

/** Both models cut at pairs of values: every pair is computed by a part of each from the pairs before it. */
export class CutPair {
  readonly pairs: readonly ValuePair[];
  readonly graphA: VaryingGraph;
  readonly graphB: VaryingGraph;
  readonly #twins: ReadonlyMap<Value, Value>;
  readonly #parts = new Map<ValuePair, { readonly a: Part; readonly b: Part }>();

  constructor(graphA: VaryingGraph, graphB: VaryingGraph, pairs: readonly ValuePair[]) {
    this.graphA = graphA;
    this.graphB = graphB;
    this.pairs = pairs;
    this.#twins = new Map(pairs.map(({ a, b }) => [a, b]));
    const cutsA = new Set<Value>(pairs.map(({ a }) => a));
    const cutsB = new Set<Value>(pairs.map(({ b }) => b));
    for (const pair of pairs) {
      const a = partBefore(graphA, pair.a, (value) => cutsA.has(value));
      const b = partBefore(graphB, pair.b, (value) => cutsB.has(value));
      this.#parts.set(pair, { a, b });
    }
  }

  /** Pairs that nodes compute, graph inputs left out. */
  get computed(): ValuePair[] {
    return this.pairs.filter(({ a, b }) => a.producer !== null && b.producer !== null);
  }

  parts(pair: ValuePair): { readonly a: Part; readonly b: Part } {
    return this.#parts.get(pair) as { a: Part; b: Part };
  }

  without(dropped: ReadonlySet<ValuePair>): CutPair {
    const kept = this.pairs.filter((pair) => !dropped.has(pair));
    return new CutPair(this.graphA, this.graphB, kept);
  }

  /**
   * Roundings that one element of a pair has seen in both parts before it: products with zero need none.
   * @param density share of the elements of a source that are not zero
   */
  roundings(pair: ValuePair, density: (source: Value) => number = () => 1): number {
    const { a, b } = this.parts(pair);
    const share = a.sources.reduce((most, source) => Math.max(most, density(source)), 0);
    const sum = ({ nodes }: Part, { types }: VaryingGraph): number =>
      nodes.reduce((total, node) => total + 1 + share * (reductionLength(node, types) - 1), 0);
    return Math.max(1, sum(a, this.graphA) + sum(b, this.graphB));
  }

  /**
   * Whether both parts start from the same values. Where one starts from more, those are computed from the others, and
   * the models are equal only for inputs that keep to it.
   */
  sameSources(pair: ValuePair): boolean {
    const { a, b } = this.parts(pair);
    const twins = new Set(a.sources.map((source) => this.#twins.get(source)));
    return twins.size === b.sources.length && b.sources.every((source) => twins.has(source));
  }

  /** False where a tiny difference may make a large one. */
  isContinuous(pair: ValuePair): boolean {
    const { a, b } = this.parts(pair);
    return ![...a.nodes, ...b.nodes].some(({ opType }) => discontinuous.has(opType));
  }

  isRewritten(pair: ValuePair): boolean {
    const { a, b } = this.parts(pair);
    return !sameOperators(a, b);
  }

  sketch(pair: ValuePair): RewrittenPart {
    const { a, b } = this.parts(pair);
    return { before: sketchPart(a, this.graphA), after: sketchPart(b, this.graphB) };
  }
}
