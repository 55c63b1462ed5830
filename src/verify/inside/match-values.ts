import type { Node, Value } from '../../ir/index.js';
import { isFloat } from '../../tensor/index.js';
import type { Correspondence } from '../match.js';
import { alignAnchors, alignNodes } from './anchors.js';
import { partBefore } from './parts.js';
import type { ValueReport } from './report.js';
import { similarity } from './similarity.js';
import type { VaryingGraph } from './varying.js';

/** A value of each model that stand for each other. */
export interface ValuePair {
  readonly a: Value;
  readonly b: Value;
  readonly matchedBy: ValueReport['matchedBy'];
}

/** Exporters number values by their place in the file, which says nothing about another file. */
const isNumbered = (name: string): boolean => /^\d+$/.test(name);

/** Finds pairs of values that may stand for each other; whether they do is seen when they are compared. */
export class ValueMatching {
  readonly #a: VaryingGraph;
  readonly #b: VaryingGraph;
  readonly #pairs = new Map<Value, ValuePair>();
  readonly #twins = new Map<Value, Value>();
  readonly #distrusted: ReadonlySet<Value>;

  /** @param distrusted values that were matched wrongly before: only what is computed from them may match them now */
  constructor(
    a: VaryingGraph,
    b: VaryingGraph,
    { inputNames, outputNames }: Correspondence,
    distrusted: ReadonlySet<Value> = new Set(),
  ) {
    this.#a = a;
    this.#b = b;
    this.#distrusted = distrusted;
    this.#matchNamed(a.graph.inputs, b.graph.inputs, inputNames);
    this.#matchNamed(a.graph.outputs, b.graph.outputs, outputNames);
    this.#matchNames(({ name }) => !isNumbered(name));
    this.#followNodes();
    for (const [nodeA, nodeB] of alignAnchors(a, b, this.#twins)) this.#pairNodes(nodeA, nodeB);
    this.#followNodes();
    for (const pair of this.pairs) this.#alignParts(pair);
    this.#matchNames(({ name }) => isNumbered(name));
  }

  /** In the order in which the first model computes them. */
  get pairs(): ValuePair[] {
    const ordered = [...this.#a.graph.inputs, ...this.#a.nodes.flatMap((node) => node.results)];
    return ordered.flatMap((value) => this.#pairs.get(value) ?? []);
  }

  #matchNamed(a: readonly Value[], b: readonly Value[], names: ReadonlyMap<string, string>): void {
    const byName = new Map(b.map((value) => [value.name, value]));
    for (const value of a) {
      const twin = byName.get(names.get(value.name) ?? value.name);
      if (twin) this.#pair(value, twin, 'interface');
    }
  }

  #isTrusted(node: Node): boolean {
    return node.results.every((value) => !this.#distrusted.has(value));
  }

  #matchNames(trusted: (value: Value) => boolean): void {
    const results = this.#b.nodes.flatMap((node) => (this.#isTrusted(node) ? node.results : []));
    const byName = new Map(results.map((value) => [value.name, value]));
    for (const node of this.#a.nodes) {
      for (const value of node.results) {
        const twin = byName.get(value.name);
        if (twin && trusted(value)) this.#pair(value, twin, 'name');
      }
    }
  }

  /** Nodes of the same operator on values that stand for each other give values that stand for each other. */
  #followNodes(): void {
    for (const node of this.#b.nodes) {
      if (!this.#isTrusted(node)) continue;
      if (!node.results.some((value) => !this.#twins.has(value))) continue;
      const operands = this.#b.operands(node).map((value) => this.#twins.get(value));
      const [first] = operands;
      if (!first || operands.includes(undefined)) continue;
      const twin = this.#mostSimilar(node, first, operands as Value[]);
      if (twin) this.#pairResults(twin, node);
    }
  }

  #mostSimilar(node: Node, operand: Value, operands: readonly Value[]): Node | null {
    let best: Node | null = null;
    let highest = -1;
    for (const candidate of operand.users) {
      if (candidate.opType !== node.opType || candidate.domain !== node.domain) continue;
      if (!this.#isTrusted(candidate)) continue;
      const theirs = this.#a.operands(candidate);
      const same =
        theirs.length === operands.length && theirs.every((value, i) => value === operands[i]);
      if (!same || candidate.results.some((value) => this.#pairs.has(value))) continue;
      const score = similarity(candidate, node);
      if (score > highest) {
        highest = score;
        best = candidate;
      }
    }
    return best;
  }

  /** A node that only one of two parts has, or that is another one there, parts no more than itself. */
  #alignParts({ a, b }: ValuePair): void {
    const partA = partBefore(this.#a, a, (value) => this.#pairs.has(value));
    const partB = partBefore(this.#b, b, (value) => this.#twins.has(value));
    if (partA.nodes.length < 2 || partB.nodes.length < 2) return;
    const [nodesA, nodesB] = [partA, partB].map(({ nodes }) =>
      nodes.filter((node) => this.#isTrusted(node)),
    ) as [Node[], Node[]];
    const aligned = alignNodes(nodesA, nodesB, this.#a, this.#b, this.#twins);
    for (const [nodeA, nodeB] of aligned) this.#pairNodes(nodeA, nodeB);
  }

  /** Pairs what two nodes compute, and what they compute it from. */
  #pairNodes(a: Node, b: Node): void {
    this.#pairResults(a, b);
    const operandsA = this.#a.operands(a);
    const operandsB = this.#b.operands(b);
    if (operandsA.length !== operandsB.length) return;
    for (const [i, value] of operandsA.entries()) {
      const twin = operandsB[i];
      if (twin) this.#pair(value, twin, 'structure');
    }
  }

  #pairResults(a: Node, b: Node): void {
    for (const [i, value] of a.outputs.entries()) {
      const twin = b.outputs[i];
      if (value && twin) this.#pair(value, twin, 'structure');
    }
  }

  #pair(a: Value, b: Value, matchedBy: ValuePair['matchedBy']): void {
    if (this.#pairs.has(a) || this.#twins.has(b)) return;
    if (!this.#a.has(a) || !this.#b.has(b) || !this.#sameType(a, b)) return;
    this.#pairs.set(a, { a, b, matchedBy });
    this.#twins.set(b, a);
  }

  #sameType(a: Value, b: Value): boolean {
    const dims = this.#a.dims(a);
    const [typeA, typeB] = [this.#a.types.of(a), this.#b.types.of(b)];
    if (!dims || !typeA || !typeB || dims.join() !== this.#b.dims(b)?.join()) return false;
    return typeA.dtype === typeB.dtype || (isFloat(typeA.dtype) && isFloat(typeB.dtype));
  }
}
