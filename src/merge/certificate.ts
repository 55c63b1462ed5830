import type { AffineMap } from '../linear/index.js';
import type { Merged, Rounding } from './emit.js';
import type { Cost } from './cost.js';
import type { Region } from './plan.js';
import type { ProbeResult, ProbeTolerance } from './probe.js';

/** Why a region of the merged file is the same function as the nodes it replaces. */
export interface CertifiedRegion {
  readonly id: string;
  readonly source: string;
  readonly output: string;
  /** Labels of the nodes that went. */
  readonly nodes: readonly string[];
  readonly formula: string;
  readonly operator: {
    readonly opType: string;
    readonly weight: readonly number[];
    readonly group: number;
    readonly strides: readonly number[];
    readonly pads: readonly number[];
    readonly dilations: readonly number[];
    readonly bias: boolean;
  };
  readonly before: Cost;
  readonly after: Cost;
  readonly rounding: Rounding;
  /** |Δy| ≤ perInput · max|x| + constant. */
  readonly bound: ProbeTolerance & { readonly reductionLength: number; readonly gamma: number };
  readonly probe: ProbeResult;
}

export function describeRegion(
  region: Region,
  merged: Merged,
  tolerance: ProbeTolerance,
  probe: ProbeResult,
): CertifiedRegion {
  const { map } = region;
  const list = (name: string): readonly number[] => {
    const attribute = merged.attributes.get(name);
    return attribute?.kind === 'ints' ? attribute.value : [];
  };
  const n = map.length + 1;
  const u = 2 ** -24;
  return {
    id: region.id,
    source: region.source.name,
    output: region.output.name,
    nodes: [...region.nodes].map((node) => node.label).reverse(),
    formula: formula(map),
    operator: {
      opType: merged.opType,
      weight: merged.weight.dims,
      group: merged.group,
      strides: list('strides'),
      pads: list('pads'),
      dilations: list('dilations'),
      bias: merged.bias !== null,
    },
    before: region.before,
    after: region.after,
    rounding: merged.rounding,
    bound: { ...tolerance, reductionLength: n, gamma: (n * u) / (1 - n * u) },
    probe,
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
