import { accept, type Refusal, refuse, type Verdict } from '../errors.js';
import {
  type Graph,
  type Model,
  type Node,
  onnxOpset,
  type Types,
  type Value,
} from '../ir/index.js';
import {
  type AffineMap,
  identityMap,
  type Layout,
  type Lowered,
  type LoweringContext,
  lowerNode,
  reshape,
} from '../linear/index.js';
import { elementCount, isFloat } from '../tensor/index.js';
import { knownDims } from './concrete.js';
import type { Constants } from './constants.js';
import { maxChannels } from './limits.js';
import { MovementReader } from './movement.js';

/** `value = map(source)`, for one source among those that a value depends on linearly. */
export interface Candidate {
  readonly source: Value;
  readonly map: AffineMap;
}

/** Long linear chains have a source a link; beyond this many the largest kernels are dropped. */
const maxCandidates = 32;

/** Kernels above this many taps an axis are never worth planning. */
const maxTaps = 1024;

type ByKey = ReadonlyMap<string, Candidate>;

/** For every value of a graph, the maps from each source it depends on linearly. */
export class CandidateTable {
  readonly #types: Types;
  readonly #constants: Constants;
  readonly #context: LoweringContext;
  readonly #movement: MovementReader;
  readonly #derived = new Map<Value, ByKey>();
  readonly #ids = new Map<Value, number>();
  /** Why a value's producer could not be lowered at all. */
  readonly notLinear = new Map<Value, Refusal>();
  /** Why a linear producer does not compose with what comes before it. */
  readonly notExact = new Map<Value, Refusal>();
  /** The operands a lowered value is made of. */
  readonly operands = new Map<Value, readonly Value[]>();

  constructor(model: Model, types: Types, constants: Constants) {
    this.#types = types;
    this.#constants = constants;
    this.#movement = new MovementReader(model, types, constants);
    this.#context = {
      opset: onnxOpset(model),
      constant: (value) => constants.tensor(value),
      shape: (value) => types.of(value)?.shape ?? null,
      dtype: (value) => types.of(value)?.dtype ?? null,
    };
  }

  async addGraph(graph: Graph): Promise<void> {
    for (const node of graph.nodes) {
      for (const [output, value] of node.outputs.entries()) {
        if (value && !this.#constants.isConstant(value)) await this.#addValue(node, output, value);
      }
    }
  }

  /** Maps from sources other than the value itself. */
  of(value: Value): readonly Candidate[] {
    return [...(this.#derived.get(value)?.values() ?? [])];
  }

  /** Maps from every source, the value itself included. */
  withItself(value: Value): readonly Candidate[] {
    return [...this.#withItself(value).values()];
  }

  isConstant(value: Value): boolean {
    return this.#constants.isConstant(value);
  }

  async #addValue(node: Node, output: number, value: Value): Promise<void> {
    const lowered = await this.#lower(node, output, value);
    if (!lowered.ok) {
      this.notLinear.set(value, lowered.refusal);
      return;
    }
    this.operands.set(value, lowered.value.operands);
    const joined = this.#join(lowered.value);
    if (joined.refusal) this.notExact.set(value, joined.refusal);
    if (joined.found.size > 0) this.#derived.set(value, prune(joined.found));
  }

  async #lower(node: Node, output: number, value: Value): Promise<Verdict<Lowered>> {
    const own = lowerNode(node, output, this.#context);
    const chain = await this.#movement.lower(value);
    return chain?.ok || (chain && !own.ok) ? chain : own;
  }

  /** Applies a lowering once for each source that all its operands share. */
  #join(lowered: Lowered): {
    readonly found: Map<string, Candidate>;
    readonly refusal: Refusal | null;
  } {
    const found = new Map<string, Candidate>();
    const refusals = new Map<Value, Refusal>();
    const tables = lowered.operands.map((operand) => this.#withItself(operand));
    for (const [key, first] of tables[0] ?? []) {
      const maps: AffineMap[] = [];
      for (const table of tables) {
        const candidate = table.get(key);
        if (candidate) maps.push(candidate.map);
      }
      if (maps.length < tables.length) continue;
      const map = this.#apply(lowered, maps);
      if (map.ok) found.set(key, { source: first.source, map: map.value });
      else if (!refusals.has(first.source)) refusals.set(first.source, map.refusal);
    }
    // A source that works in one layout is no refusal in the other.
    for (const { source } of found.values()) refusals.delete(source);
    const [itself] = lowered.operands;
    const composed = [...refusals].filter(([source]) => source !== itself || tables.length > 1);
    return { found, refusal: composed.at(-1)?.[1] ?? null };
  }

  #apply(lowered: Lowered, maps: readonly AffineMap[]): Verdict<AffineMap> {
    const map = lowered.apply(maps);
    if (map.ok && map.value.axes.some((axis) => axis.size > maxTaps)) {
      return refuse('the merged kernel would be too large', map.value.part.label);
    }
    return map.ok ? accept(map.value) : map;
  }

  #withItself(value: Value): ByKey {
    const all = new Map(this.#derived.get(value));
    const type = this.#types.of(value);
    const shape = type?.shape;
    if (!type || !shape || !isFloat(type.dtype) || shape.length < 2) return all;
    const layouts: Layout[] =
      shape.length === 2 ? ['channels-first'] : ['channels-first', 'channels-last'];
    for (const layout of layouts) {
      const channels = layout === 'channels-first' ? shape[1] : shape.at(-1);
      if (typeof channels !== 'number' || channels < 1 || channels > maxChannels) continue;
      const spatial = layout === 'channels-first' ? shape.slice(2) : [];
      const lengths = spatial.map((dim) => (typeof dim === 'number' ? dim : null));
      const map = identityMap(value.name, layout, channels, lengths);
      all.set(`${this.#id(value)}:${layout}`, { source: value, map });
    }
    const block = this.#blockOf(value);
    if (block !== null) {
      const map = identityMap(value.name, 'flat', block, []);
      all.set(`${this.#id(value)}:flat`, { source: value, map });
    }
    return all;
  }

  /** Elements of the blocks that a Reshape cuts a value into: all its readers that reshape must agree. */
  #blockOf(value: Value): number | null {
    let block: number | null = null;
    for (const user of value.users) {
      const result = user.results[0];
      if (!result || user.inputs[0] !== value || !reshape.opTypes.includes(user.opType)) continue;
      const dims = knownDims(this.#types.of(result)?.shape?.slice(1) ?? null);
      if (!dims || dims.length === 0 || (block !== null && block !== elementCount(dims)))
        return null;
      block = elementCount(dims);
    }
    return block !== null && block > maxChannels ? null : block;
  }

  #id(value: Value): number {
    let id = this.#ids.get(value);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(value, id);
    }
    return id;
  }
}

const volume = (map: AffineMap): number => map.axes.reduce((product, w) => product * w.size, 1);

function prune(found: Map<string, Candidate>): ByKey {
  if (found.size <= maxCandidates) return found;
  const sorted = [...found].sort(([, a], [, b]) => volume(a.map) - volume(b.map));
  return new Map(sorted.slice(0, maxCandidates));
}
