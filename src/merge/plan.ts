import { type Refusal, ReparamError } from '../errors.js';
import {
  allGraphs,
  type Dim,
  type Graph,
  inferTypes,
  type Model,
  type Node,
  type Types,
  type Value,
} from '../ir/index.js';
import type { AffineMap } from '../linear/index.js';
import { type Candidate, CandidateTable } from './candidates.js';
import { Constants } from './constants.js';
import {
  addCosts,
  type Cost,
  CostModel,
  compareSavings,
  isWorthwhile,
  type Objective,
  subtractCosts,
  zeroCost,
} from './cost.js';
import { maxWeights } from './limits.js';
import { findNearMisses } from './near-miss.js';
import { freedNodes } from './region.js';
import { groupLeaves, sumLeaves } from './sum-tree.js';

export interface PlanOptions {
  readonly objective?: Objective;
  /** Ids or output names of the only regions to merge. */
  readonly only?: readonly string[];
  /** Ids or output names of regions to leave alone. */
  readonly skip?: readonly string[];
}

/** A summand of a region's output: one convolution or matrix of a source, or the source itself. */
export interface Term {
  readonly source: Value;
  /** Null when the source is added as it is. */
  readonly map: AffineMap | null;
  /** −1 when a source as it is gets subtracted; signs of maps are in the maps. */
  readonly factor: 1 | -1;
}

/** Nodes between some sources and an output that become one convolution or matrix a source, mostly just one. */
export interface Region {
  /** `R1`, `R2` … in graph order. */
  readonly id: string;
  readonly terms: readonly Term[];
  readonly graph: Graph;
  readonly output: Value;
  /** Nodes that go: those that only this region needs. */
  readonly nodes: ReadonlySet<Node>;
  readonly before: Cost;
  readonly after: Cost;
}

/** A place where merging was considered and refused. */
export interface NearMiss {
  readonly node: Node;
  readonly refusal: Refusal;
}

export interface MergePlan {
  readonly model: Model;
  readonly regions: readonly Region[];
  readonly nearMisses: readonly NearMiss[];
  readonly types: Types;
  readonly constants: Constants;
}

/** The regions chosen upstream of a value, as a list that shares its tail, and what they save together. */
interface Choice {
  readonly region: Region | null;
  readonly rest: readonly Choice[];
  readonly saving: Cost;
}

const nothing: Choice = { region: null, rest: [], saving: zeroCost };

/**
 * Finds the regions of a model that one convolution can replace exactly, and chooses among overlapping ones by cost.
 * Works on shapes; of the weights only biases next to padded borders are read. The model is not changed.
 * @throws ReparamError when `only` or `skip` name a region that the model does not have.
 */
export async function planMerge(model: Model, options: PlanOptions = {}): Promise<MergePlan> {
  const types = inferTypes(model);
  const constants = await Constants.fold(model, types);
  const table = new CandidateTable(model, types, constants);
  const costs = new CostModel(nominalTypes(model), constants);
  const planner = new Planner(table, costs, options.objective ?? 'macs');
  const regions: Region[] = [];
  for (const graph of allGraphs(model.graph)) {
    await table.addGraph(graph);
    regions.push(...planner.choose(graph));
  }
  const settled = planner.settle(regions);
  const numbered = settled.map((region, i) => ({ ...region, id: `R${i + 1}` }));
  checkNames([...(options.only ?? []), ...(options.skip ?? [])], numbered);
  const chosen = numbered.filter((region) => isSelected(region, options));
  const nearMisses = findNearMisses(model, table, constants, planner.tooCostly, numbered);
  return { model, regions: chosen, nearMisses, types, constants };
}

const isNamed = (region: Region, name: string): boolean =>
  region.id === name || region.output.name === name;

function checkNames(names: readonly string[], regions: readonly Region[]): void {
  for (const name of names) {
    if (regions.some((region) => isNamed(region, name))) continue;
    throw new ReparamError('usage', `the model has no region '${name}'`, {
      hint: 'reparam inspect lists the regions with their ids and outputs',
    });
  }
}

function isSelected(region: Region, { only = [], skip = [] }: PlanOptions): boolean {
  const among = (names: readonly string[]): boolean => names.some((name) => isNamed(region, name));
  return (only.length === 0 || among(only)) && !among(skip);
}

/** Shapes for one plausible input: symbolic batch 1, other symbolic lengths 224. */
function nominalTypes(model: Model): Types {
  const inputShapes = new Map<string, readonly Dim[]>();
  for (const input of model.graph.inputs) {
    const shape = input.type?.shape;
    if (!shape || input.constant) continue;
    inputShapes.set(
      input.name,
      shape.map((dim, axis) => (typeof dim === 'number' ? dim : axis === 0 ? 1 : 224)),
    );
  }
  return inferTypes(model, { inputShapes });
}

class Planner {
  readonly #table: CandidateTable;
  readonly #costs: CostModel;
  readonly #objective: Objective;
  #own: ReadonlySet<Node> = new Set();
  /** The best exact merge of a value that costs more than what it replaces. */
  readonly tooCostly = new Map<Value, Region>();

  constructor(table: CandidateTable, costs: CostModel, objective: Objective) {
    this.#table = table;
    this.#costs = costs;
    this.#objective = objective;
  }

  choose(graph: Graph): Region[] {
    const best = new Map<Value, Choice>();
    this.#own = new Set(graph.nodes);
    for (const node of graph.nodes) {
      for (const value of node.results) best.set(value, this.#bestFor(graph, value, best));
    }
    return this.#commit(graph, best);
  }

  /** Keep the value's own node, or replace everything from some source on. */
  #bestFor(graph: Graph, value: Value, best: ReadonlyMap<Value, Choice>): Choice {
    const candidates = this.#table.of(value);
    let choice = union((this.#table.operands.get(value) ?? []).map((v) => best.get(v) ?? nothing));
    for (const candidate of candidates) {
      const region = this.#region(graph, value, candidate);
      if (region === null) continue;
      if (!isWorthwhile(region.before, region.after, this.#objective)) {
        if (region.nodes.size > 1) this.tooCostly.set(value, region);
        continue;
      }
      choice = this.#better(choice, region, [candidate.source], best);
    }
    const regrouped = this.#regroup(graph, value, best);
    return regrouped === null
      ? choice
      : this.#better(
          choice,
          regrouped,
          regrouped.terms.map((term) => term.source),
          best,
        );
  }

  /** `region` together with the best for its sources, if that saves more than `choice`. */
  #better(
    choice: Choice,
    region: Region,
    sources: readonly Value[],
    best: ReadonlyMap<Value, Choice>,
  ): Choice {
    const rest = union(sources.map((source) => best.get(source) ?? nothing));
    const saving = addCosts(subtractCosts(region.before, region.after), rest.saving);
    const saves = compareSavings(saving, choice.saving, this.#objective) > 0;
    return saves ? { region, rest: [rest], saving } : choice;
  }

  /** A sum whose summands come from several sources, or are too different for one kernel: one map a group of them. */
  #regroup(graph: Graph, value: Value, best: ReadonlyMap<Value, Choice>): Region | null {
    const leaves = sumLeaves(value, (node) => this.#isSum(node));
    if (leaves === null) return null;
    const terms = groupLeaves(leaves, {
      candidates: (leaf) => this.#table.withItself(leaf),
      saving: (group, source, map) => this.#savingOf(group, source, map),
      ownSaving: (leaf) => best.get(leaf)?.saving ?? zeroCost,
      objective: this.#objective,
    });
    if (terms === null) return null;
    const kept = new Set(terms.flatMap((term) => [term.source]));
    const nodes = freedNodes(value, kept, this.#own);
    const before = this.#costs.ofNodes(nodes);
    let after = this.#costs.ofAdditions(value, terms.length - 1);
    for (const { source, map } of terms) {
      if (map) after = addCosts(after, this.#costs.ofMap(map, source, value));
    }
    const region = { id: '', terms, graph, output: value, nodes, before, after };
    return isWorthwhile(before, after, this.#objective) ? region : null;
  }

  #isSum(node: Node): boolean {
    if (!this.#own.has(node) || !node.is('Add', 'Sub', 'Sum')) return false;
    return node.operands.every((input) => !this.#table.isConstant(input));
  }

  /** What computing some leaves from one source by one map saves. */
  #savingOf(leaves: readonly Value[], source: Value, map: AffineMap): Cost {
    let before = this.#costs.ofAdditions(leaves[0] as Value, leaves.length - 1);
    for (const leaf of leaves) {
      before = addCosts(
        before,
        this.#costs.ofNodes(freedNodes(leaf, new Set([source]), this.#own)),
      );
    }
    return subtractCosts(before, this.#costs.ofMap(map, source, leaves[0] as Value));
  }

  /**
   * Call sites that share weights save them only if all of them merge: drops regions that counted on others in vain.
   */
  settle(regions: readonly Region[]): readonly Region[] {
    let left = regions;
    for (;;) {
      const going = new Set(left.flatMap((region) => [...region.nodes]));
      const stays = (constant: Value): boolean =>
        [...constant.users].some((user) => !going.has(user));
      const kept = left.filter((region) => {
        const before = this.#costs.ofNodes(region.nodes, stays);
        const worthwhile = isWorthwhile(before, region.after, this.#objective);
        if (!worthwhile) this.tooCostly.set(region.output, { ...region, before });
        return worthwhile;
      });
      if (kept.length === left.length) return kept;
      left = kept;
    }
  }

  #region(graph: Graph, value: Value, candidate: Candidate): Region | null {
    const nodes = freedNodes(value, new Set([candidate.source]), this.#own);
    const weighted = [...nodes].filter((node) =>
      node.is('Conv', 'ConvTranspose', 'MatMul', 'Gemm'),
    );
    const normalizes = [...nodes].some((node) => node.is('BatchNormalization'));
    // On blocks of elements an operator alone gains nothing but the Reshapes around it.
    const least = candidate.map.layout === 'flat' && !normalizes ? 2 : 1;
    if (weighted.length < least) return null;
    const before = this.#costs.ofNodes(nodes);
    const after = this.#costs.ofMap(candidate.map, candidate.source, value);
    if (after.bytes > maxWeights) return null;
    const terms: Term[] = [{ ...candidate, factor: 1 }];
    return { id: '', terms, graph, output: value, nodes, before, after };
  }

  /** From the outputs back: what is read is computed by its region or by its node, whose operands are then read. */
  #commit(graph: Graph, best: ReadonlyMap<Value, Choice>): Region[] {
    const read = new Set<Value>();
    const regions: Region[] = [];
    for (const node of graph.nodes.toReversed()) {
      const results = node.results.filter((value) => read.has(value) || this.#isReadOutside(value));
      if (results.length === 0) continue;
      const region = best.get(results[0] as Value)?.region;
      const taken = region && results.length === 1 ? this.#without(region, read) : null;
      if (taken) regions.push(taken);
      for (const value of taken?.terms.map((term) => term.source) ?? node.operands) read.add(value);
    }
    return regions.reverse();
  }

  #isReadOutside(value: Value): boolean {
    return value.outputOf.size > 0 || [...value.users].some((user) => !this.#own.has(user));
  }

  /** The region, changed where others read results inside it; null when that leaves nothing worth doing. */
  #without(region: Region, read: ReadonlySet<Value>): Region | null {
    const inside = [...region.nodes]
      .flatMap((node) => node.results)
      .filter((value) => value !== region.output && read.has(value));
    if (inside.length === 0) return region;
    const kept = new Set([...inside, ...region.terms.map((term) => term.source)]);
    const nodes = freedNodes(region.output, kept, this.#own);
    const shortened = { ...region, nodes, before: this.#costs.ofNodes(nodes) };
    // What has to be computed anyway may be the better source.
    const others = this.#table
      .of(region.output)
      .filter(({ source }) => inside.includes(source))
      .map((candidate) => this.#region(region.graph, region.output, candidate));
    let best: Region | null = null;
    for (const option of [...others, shortened]) {
      if (option === null || !isWorthwhile(option.before, option.after, this.#objective)) continue;
      if ([...option.nodes].some((node) => node.results.some((r) => inside.includes(r)))) continue;
      if (best === null || this.#savesMore(option, best)) best = option;
    }
    return best;
  }

  #savesMore(a: Region, b: Region): boolean {
    const savings = [a, b].map(({ before, after }) => subtractCosts(before, after)) as [Cost, Cost];
    return compareSavings(...savings, this.#objective) > 0;
  }
}

/** Choices of several operands together: what they share counts once. */
function union(choices: readonly Choice[]): Choice {
  const distinct = [...new Set(choices)].filter((choice) => choice !== nothing);
  if (distinct.length === 0) return nothing;
  const [only] = distinct;
  if (only && distinct.length === 1)
    return only.region ? { region: null, rest: [only], saving: only.saving } : only;
  const regions = new Set<Region>();
  const seen = new Set<Choice>();
  const stack = [...distinct];
  for (let top = stack.pop(); top; top = stack.pop()) {
    if (seen.has(top)) continue;
    seen.add(top);
    if (top.region) regions.add(top.region);
    stack.push(...top.rest);
  }
  let saving = zeroCost;
  for (const region of regions)
    saving = addCosts(saving, subtractCosts(region.before, region.after));
  return { region: null, rest: distinct, saving };
}
