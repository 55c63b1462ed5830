import { allGraphs, type Model } from '../ir/index.js';
import type { AffineMap } from '../linear/index.js';
import type { Cost } from './cost.js';
import type { Merged, Part, Rounding } from './emit.js';
import type { Region } from './plan.js';
import type { ProbeResult, ProbeTolerance } from './probe.js';

/** One operator of a merged region. */
export interface CertifiedOperator {
  readonly opType: string;
  readonly source: string;
  readonly formula: string;
  readonly weight: readonly number[];
  readonly group: number;
  readonly strides: readonly number[];
  readonly pads: readonly number[];
  readonly dilations: readonly number[];
  readonly bias: boolean;
  readonly rounding: Rounding;
}

/** Why a region of the merged file is the same function as the nodes it replaces. */
export interface CertifiedRegion {
  readonly id: string;
  /** Position of its graph in the order of `allGraphs`: 0 is the main graph. */
  readonly graph: number;
  readonly sources: readonly string[];
  readonly output: string;
  /** Labels of the nodes that went. */
  readonly nodes: readonly string[];
  readonly operators: readonly CertifiedOperator[];
  readonly before: Cost;
  readonly after: Cost;
  /** |Δy| ≤ perInput · max|x| + constant, with the reduction length n and the rigorous γ = nu/(1 − nu) of float32. */
  readonly bound: ProbeTolerance & { readonly reductionLength: number; readonly gamma: number };
  readonly probe: ProbeResult;
}

export function describeRegion(
  model: Model,
  region: Region,
  parts: readonly Part[],
  tolerance: ProbeTolerance,
  probe: ProbeResult,
): CertifiedRegion {
  const maps = region.terms.flatMap(({ map }) => map ?? []);
  const n = Math.max(...maps.map((map) => map.length)) + region.terms.length;
  const u = 2 ** -24;
  return {
    id: region.id,
    graph: [...allGraphs(model.graph)].indexOf(region.graph),
    sources: region.terms.map(({ source }) => source.name),
    output: region.output.name,
    nodes: [...region.nodes].map((node) => node.label).reverse(),
    operators: region.terms.flatMap(({ map, source }, i) => {
      const merged = parts[i]?.merged;
      return map && merged ? [describeOperator(map, merged, source.name)] : [];
    }),
    before: region.before,
    after: region.after,
    bound: { ...tolerance, reductionLength: n, gamma: (n * u) / (1 - n * u) },
    probe,
  };
}

function describeOperator(map: AffineMap, merged: Merged, source: string): CertifiedOperator {
  const list = (name: string): readonly number[] => {
    const attribute = merged.attributes.get(name);
    return attribute?.kind === 'ints' ? attribute.value : [];
  };
  return {
    opType: merged.opType,
    source,
    formula: formula(map),
    weight: merged.weight.dims,
    group: merged.group,
    strides: list('strides'),
    pads: list('pads'),
    dilations: list('dilations'),
    bias: merged.bias !== null,
    rounding: merged.rounding,
  };
}

const formulaLength = 2000;

/** The map as text: `(Conv 'a' ∘ x) + (BatchNormalization 'b' ∘ x)`. */
export function formula(map: AffineMap): string {
  const text = write(map, formulaLength);
  return text.length > formulaLength ? `${text.slice(0, formulaLength)}…` : text;
}

function write(map: AffineMap, room: number): string {
  const { part } = map;
  if (room <= 0) return '…';
  if (part.kind === 'source') return part.label;
  const children: string[] = [];
  let left = room;
  for (const child of part.children) {
    const text = write(child, left);
    children.push(text);
    left -= text.length;
    if (left <= 0) break;
  }
  if (part.kind === 'sum') return `(${children.join(' + ')})`;
  if (part.kind === 'stack') return `concat(${children.join(', ')})`;
  return `${part.label} ∘ ${children.join('')}`;
}
