import { accept, type Refusal, refuse, type Verdict } from '../errors.js';
import {
  type Model,
  type Node,
  onnxOpset,
  type TensorType,
  type Types,
  type Value,
} from '../ir/index.js';
import { evaluationOf, kernelOf } from '../linear/index.js';
import { freeUnusedBuffers } from '../runtime/index.js';
import { type DataType, type Tensor, unitRoundoff } from '../tensor/index.js';
import { type CertifiedRegion, describeRegion } from './certificate.js';
import { concreteTypes, shapeConstant } from './concrete.js';
import { type Part, toOperator } from './emit.js';
import type { MergePlan, NearMiss, Region, Term } from './plan.js';
import { type ProbeResult, type ProbeTolerance, probe } from './probe.js';
import { imageDims, type ProbeShape } from './probe-images.js';
import { mergedPart } from './probe-models.js';
import { partOf, probeType } from './probe-part.js';
import { probeShapes } from './probe-shapes.js';
import { Products } from './product.js';
import { Writer } from './writer.js';

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

/** Computes the weights of every planned region, proves each by probing, and rewrites the graphs. */
export async function applyMerge(
  plan: MergePlan,
  options: ApplyOptions = {},
): Promise<MergeResult> {
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

/** Regions of this many bytes leave so much behind that it is freed before they are probed. */
const largeRegion = 2 ** 25;

async function applyRegion(
  plan: MergePlan,
  region: Region,
  concrete: Types,
  products: Products,
  writer: Writer,
): Promise<Verdict<CertifiedRegion>> {
  const label = labelOf(region);
  const type = plan.types.of(region.output);
  if (!type) return refuse('its element type is unknown', label);
  const parts: Part[] = [];
  for (const term of region.terms) {
    const part = await mergedTerm(term, type, products, label);
    if (!part.ok) return part;
    parts.push(part.value);
  }
  const { dtype } = type;
  const tolerance = regionTolerance(region, parts, dtype);
  if (weightBytes(parts) > largeRegion) freeUnusedBuffers();
  const result = await probeRegion(plan, region, parts, dtype, concrete, tolerance);
  if (!result.ok) return result;
  writer.add(region, parts);
  return accept(describeRegion(plan.model, region, parts, tolerance, result.value));
}

const weightBytes = (parts: readonly Part[]): number =>
  parts.reduce((sum, { merged }) => sum + (merged?.weight.byteLength ?? 0), 0);

/** One summand. What its weights were computed from is in nobody's hands when this returns. */
async function mergedTerm(
  { source, map, factor }: Term,
  type: TensorType,
  products: Products,
  label: string,
): Promise<Verdict<Part>> {
  if (map === null) return accept({ source, merged: null, factor });
  const kernel = await kernelOf(map, evaluationOf(map, products.product));
  const merged = toOperator(map, kernel, type, label);
  return merged.ok ? accept({ source, merged: merged.value, factor }) : merged;
}

const labelOf = (region: Region): string => region.output.producer?.label ?? region.output.name;

/** Standard deviations of accumulated rounding errors that a probe tolerates (Higham and Mary, 2019). */
const roundingFactor = 6;

/** γ in the statistical form, times the magnitudes that the weights imply, plus what rounding the weights cost. */
function regionTolerance(region: Region, parts: readonly Part[], dtype: DataType): ProbeTolerance {
  let perInput = 0;
  let constant = 0;
  const roundoff = Math.max(unitRoundoff(dtype), unitRoundoff(probeType(dtype)));
  region.terms.forEach(({ map }, i) => {
    const rounding = parts[i]?.merged?.rounding;
    const gamma = roundingFactor * Math.sqrt((map?.length ?? 0) + region.terms.length) * roundoff;
    if (!map || !rounding) {
      perInput += gamma;
      return;
    }
    const shift = map.shift();
    perInput += gamma * largest(map.gain(), rounding.gain) + rounding.weightError;
    constant += gamma * largest(shift.magnitude) + largest(shift.slack) + rounding.biasError;
  });
  return { perInput, constant };
}

const largest = (values: Float64Array, least = 0): number =>
  values.reduce((most, value) => Math.max(most, value), least);

/** Probes on a small image where the nodes allow it, then on the model's own shape. */
async function probeRegion(
  plan: MergePlan,
  region: Region,
  parts: readonly Part[],
  dtype: DataType,
  concrete: Types,
  tolerance: ProbeTolerance,
): Promise<Verdict<ProbeResult>> {
  const label = labelOf(region);
  let refusal: Refusal = { reason: 'its shape is unknown, so it cannot be probed', at: label };
  for (const shapes of probeShapes(plan, region, concrete)) {
    const sources = sourceTypes(plan, region, shapes);
    const ordered = [...sources.keys()].map((source) => shapes.get(source) as ProbeShape);
    const anyBatch = ordered.every((shape) => shape.batch === null);
    const constant = (value: Value): Tensor | null =>
      plan.constants.tensor(value) ?? (anyBatch ? null : shapeConstant(value, concrete));
    const original = partOf(plan.model, sources, region.output, constant, plan.types);
    if (!original.ok) return original;
    const merged = mergedPart(parts, sources, dtype, onnxOpset(plan.model));
    const positions = Math.max(...ordered.map(({ spatial }) => spatial.reduce((a, b) => a * b, 1)));
    const macs = positions * parts.reduce((sum, part) => sum + (part.merged?.weight.size ?? 0), 0);
    try {
      const result = await probe(original.value, merged, ordered, tolerance, macs);
      if (result.passed) return accept(result);
      const error = result.maxError.toPrecision(3);
      refusal = {
        reason: `the probe found a difference of ${error}, ${result.tolerance.toPrecision(3)} allowed`,
        at: label,
      };
    } catch (error) {
      refusal = { reason: `its nodes could not be probed: ${(error as Error).message}`, at: label };
    }
  }
  return { ok: false, refusal };
}

function sourceTypes(
  plan: MergePlan,
  region: Region,
  shapes: ReadonlyMap<Value, ProbeShape>,
): Map<Value, TensorType> {
  const types = new Map<Value, TensorType>();
  for (const { source } of region.terms) {
    const image = shapes.get(source) as ProbeShape;
    const shape = imageDims(image, image.batch);
    types.set(source, { dtype: plan.types.of(source)?.dtype ?? 'float32', shape });
  }
  return types;
}
