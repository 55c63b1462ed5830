import { accept, type Refusal, refuse, type Verdict } from '../errors.js';
import { type Model, type Node, onnxOpset, type TensorType, type Types, type Value } from '../ir/index.js';
import { type AffineMap, kernelOf, reachOf } from '../linear/index.js';
import { Tensor, unitRoundoff } from '../tensor/index.js';
import { type CertifiedRegion, describeRegion } from './certificate.js';
import { concreteTypes, knownDims, shapeConstant } from './concrete.js';
import { buildNodes, type Merged, type Store, toOperator } from './emit.js';
import type { MergePlan, NearMiss, Region } from './plan.js';
import { mergedPart, originalPart, probe, type ProbeResult, type ProbeShape, type ProbeTolerance } from './probe.js';
import { Products } from './product.js';

export interface ApplyOptions {
  /** Called after each region. */
  readonly onRegion?: (done: number, total: number) => void;
}

export interface MergeResult {
  /** The plan's model, changed in place. */
  readonly model: Model;
  readonly regions: readonly CertifiedRegion[];
  /** Regions that the weights or the probe ruled out, left as they were. */
  readonly refused: readonly NearMiss[];
}

/** Operators whose work does not depend on the size of the image: their regions may be probed on a small one. */
const sizeAgnostic = new Set([
  'Add', 'AveragePool', 'BatchNormalization', 'Cast', 'Concat', 'Constant', 'Conv', 'ConvTranspose', 'Div', 'Dropout',
  'Gather', 'Gemm', 'Identity', 'MatMul', 'Mean', 'Mul', 'Neg', 'Pad', 'Slice', 'Split', 'Sub', 'Sum',
]);

/** Standard deviations of accumulated rounding errors that a probe tolerates (Higham and Mary, 2019). */
const roundingFactor = 6;

/** Computes the weights of every planned region, proves each by probing, and rewrites the graphs. */
export async function applyMerge(plan: MergePlan, options: ApplyOptions = {}): Promise<MergeResult> {
  const { model } = plan;
  const products = new Products();
  const writer = new Writer();
  const certified: CertifiedRegion[] = [];
  const refused: NearMiss[] = [];
  const concrete = concreteTypes(model)[0] as Types;
  try {
    for (const [i, region] of plan.regions.entries()) {
      const done = await applyRegion(plan, region, concrete, products, writer);
      if (done.ok) certified.push(done.value);
      else refused.push({ node: region.output.producer as Node, refusal: done.refusal });
      options.onRegion?.(i + 1, plan.regions.length);
    }
  } finally {
    await products.release();
  }
  writer.rewrite();
  return { model, regions: certified, refused };
}

async function applyRegion(
  plan: MergePlan,
  region: Region,
  concrete: Types,
  products: Products,
  writer: Writer,
): Promise<Verdict<CertifiedRegion>> {
  const { map, output } = region;
  const type = plan.types.of(output);
  const label = output.producer?.label ?? output.name;
  if (!type) return refuse('its element type is unknown', label);
  const kernel = await kernelOf(map, { product: products.product, memo: new Map() });
  const merged = toOperator(map, kernel, type.dtype, label);
  if (!merged.ok) return merged;
  const tolerance = probeTolerance(map, merged.value, type);
  const result = await probeRegion(plan, region, merged.value, concrete, tolerance);
  if (!result.ok) return result;
  const description = describeRegion(region, merged.value, tolerance, result.value);
  writer.add(region, merged.value);
  return accept(description);
}

/** γ in the statistical form, times the magnitudes that the weights imply, plus what rounding the weights cost. */
function probeTolerance(map: AffineMap, merged: Merged, type: TensorType): ProbeTolerance {
  const u = unitRoundoff(type.dtype);
  const shift = map.shift();
  const gamma = roundingFactor * Math.sqrt(map.length + 1) * u;
  const gain = Math.max(merged.rounding.gain, ...map.gain());
  return {
    perInput: gamma * gain + merged.rounding.weightError,
    constant: gamma * Math.max(0, ...shift.magnitude) + Math.max(0, ...shift.slack) + merged.rounding.biasError,
  };
}

/** Probes on a small image where the nodes allow it, then on the model's own shape. */
async function probeRegion(
  plan: MergePlan,
  region: Region,
  merged: Merged,
  concrete: Types,
  tolerance: ProbeTolerance,
): Promise<Verdict<ProbeResult>> {
  const label = region.output.producer?.label ?? region.output.name;
  let refusal: Refusal = { reason: 'its shape is unknown, so it cannot be probed', at: label };
  for (const shape of probeShapes(plan, region, concrete)) {
    const type = sourceType(plan, region, shape);
    const part = originalPart(
      plan.model,
      region.source,
      region.output,
      type,
      (value) => plan.constants.tensor(value) ?? (shape.batch === null ? null : shapeConstant(value, concrete)),
    );
    if (!part.ok) return part;
    const alone = mergedPart(merged, type, onnxOpset(plan.model));
    const positions = shape.spatial.reduce((a, b) => a * b, 1);
    try {
      const result = await probe(part.value, alone, shape, tolerance, merged.weight.size * positions);
      if (result.passed) return accept(result);
      refusal = { reason: `the probe found a difference of ${result.maxError} (allowed ${result.tolerance})`, at: label };
    } catch (error) {
      refusal = { reason: `its nodes could not be probed: ${(error as Error).message}`, at: label };
    }
  }
  return { ok: false, refusal };
}

function* probeShapes(plan: MergePlan, region: Region, concrete: Types): Generator<ProbeShape> {
  const { map } = region;
  const channelsLast = map.layout === 'channels-last';
  const own = knownDims(concrete.of(region.source)?.shape ?? null);
  const agnostic = [...region.nodes].every(
    (node) => sizeAgnostic.has(node.opType) || plan.constants.isConstant(node.results[0] as Value),
  );
  const fixed = knownDims((plan.types.of(region.source)?.shape ?? []).slice(0, 1))?.[0];
  if (agnostic) {
    const spatial = channelsLast ? (own ?? [1, 4, 1]).slice(1, -1).map(() => 4) : smallImage(map);
    yield { channels: map.inputs, spatial, batch: null, channelsLast };
  }
  if (!own) return;
  const spatial = channelsLast ? own.slice(1, -1) : own.slice(2);
  yield { channels: map.inputs, spatial, batch: agnostic ? null : (fixed ?? (own[0] as number)), channelsLast };
}

/** Long enough for an interior position and both borders. */
const smallImage = (map: AffineMap): number[] =>
  map.axes.map((w, axis) => {
    const length = map.transposed ? 5 : reachOf(w) + 2 * w.stride + 3;
    return Math.min(length, map.lengths[axis] ?? length);
  });

function sourceType(plan: MergePlan, region: Region, shape: ProbeShape): TensorType {
  const dtype = plan.types.of(region.source)?.dtype ?? 'float32';
  const { channels, spatial, batch, channelsLast } = shape;
  return { dtype, shape: channelsLast ? [batch, ...spatial, channels] : [batch, channels, ...spatial] };
}

/** Collects what is to change, so that the model stays whole until every region is decided. */
class Writer {
  readonly #pending: { readonly region: Region; readonly merged: Merged }[] = [];
  readonly #stored = new Map<string, Value[]>();

  add(region: Region, merged: Merged): void {
    this.#pending.push({ region, merged });
  }

  /** Rewrites each graph in one pass. */
  rewrite(): void {
    for (const graph of new Set(this.#pending.map(({ region }) => region.graph))) {
      const removed = new Set<Node>();
      const inserted = new Map<Node, Node[]>();
      for (const { region, merged } of this.#pending) {
        if (region.graph !== graph) continue;
        const { source, output } = region;
        const anchor = output.producer as Node;
        for (const node of region.nodes) removed.add(node);
        inserted.set(anchor, buildNodes(graph, merged, source, output, anchor.name, this.#store));
      }
      const read = new Set([...removed].flatMap((node) => node.operands));
      graph.rewrite(removed, inserted);
      graph.pruneInitializers(read);
    }
  }

  /** Call sites that shared their weights share the merged ones. */
  readonly #store: Store = (graph, base, tensor) => {
    const key = `${tensor.dtype}:${tensor.dims.join()}`;
    const alike = this.#stored.get(key) ?? [];
    const same = alike.find(
      (value) => graph.initializers.has(value) && sameBytes(value.constant as Tensor, tensor),
    );
    if (same) return same;
    const value = graph.addInitializer(base, tensor);
    this.#stored.set(key, [...alike, value]);
    return value;
  };
}

function sameBytes(a: Tensor, b: Tensor): boolean {
  const left = a.bytes;
  const right = b.bytes;
  return left.length === right.length && left.every((byte, i) => byte === right[i]);
}
