import { accept, refuse, type Verdict } from '../../errors.js';
import {
  constantNodeTensor,
  type Model,
  modelMacs,
  type TensorType,
  type Value,
} from '../../ir/index.js';
import type { CertifiedRegion } from '../../merge/certificate.js';
import { shapeConstant } from '../../merge/concrete.js';
import { type ProbeResult, probe } from '../../merge/probe.js';
import { imageDims, type ProbeShape } from '../../merge/probe-images.js';
import { partOf, probeType } from '../../merge/probe-part.js';
import { type DataType, smallestNormal, type Tensor, unitRoundoff } from '../../tensor/index.js';
import { roundingBound, totalReductionLength } from '../compare/bound.js';
import { perturbInputs } from '../inputs/inputs.js';
import type { RegionPair } from './correspondence.js';
import { imagesFor, type TypedModel } from './region-images.js';
import type { RegionPart } from './region-part.js';

/** How far a certified bound may be above the errors that rounding is expected to make. */
const mostSlack = 1e3;

export interface RegionProbe {
  readonly result: ProbeResult;
  /** The largest difference that rounding explains, measured without the certificate. */
  readonly explained: number;
}

/** Runs both parts of a region on test images, and finds out how much of a difference rounding explains. */
export async function probeRegion(
  original: TypedModel,
  merged: TypedModel,
  pair: RegionPair,
  region: CertifiedRegion,
  seed: number,
): Promise<Verdict<RegionProbe>> {
  const images = imagesFor(original, pair.original, region);
  if (!images.ok) return images;
  const shapes = images.value;
  const parts: Model[] = [];
  // Probing takes models apart: two for the comparison, two for the conditioning.
  for (const [typed, part] of [
    [original, pair.original],
    [merged, pair.merged],
    [original, pair.original],
    [original, pair.original],
  ] as const) {
    const extracted = extractPart(typed, part, shapes);
    if (!extracted.ok) return extracted;
    parts.push(extracted.value);
  }
  const [a, b, c, d] = parts as [Model, Model, Model, Model];
  const dtype = original.types.of(pair.original.output)?.dtype ?? 'float32';
  const roundings = totalReductionLength(a) + totalReductionLength(b);
  const result = await probe(a, b, shapes, region.bound, modelMacs(b), seed);
  const response = Math.max(result.magnitude, await sensitivity(c, d, shapes, dtype, seed));
  const bound = roundingBound({
    unitRoundoff: roundoffOf(dtype),
    roundings,
    amplification: 1,
    magnitude: response,
    underflow: smallestNormal(probeType(dtype)) * Math.max(1, response),
  });
  return accept({ result, explained: bound.absolute });
}

const roundoffOf = (dtype: DataType): number =>
  Math.max(unitRoundoff(dtype), unitRoundoff(probeType(dtype)));

/**
 * How strongly a part answers to relative changes of its weights, which is what roundings do to it: the change of its
 * output divided by that of the weights. Branches that cancel show here, though not in the output.
 */
async function sensitivity(
  part: Model,
  changed: Model,
  shapes: readonly ProbeShape[],
  dtype: DataType,
  seed: number,
): Promise<number> {
  const step = Math.sqrt(roundoffOf(dtype));
  const weights = new Map<string, Tensor>();
  for (const { name, constant } of changed.graph.initializers) {
    // A scalar may be a length in disguise, and one number more or less changes little.
    if (constant && constant.dims.length > 0) weights.set(name, constant);
  }
  const perturbed = perturbInputs(weights, step, seed);
  for (const value of changed.graph.initializers) {
    value.constant = perturbed.get(value.name) ?? value.constant;
  }
  const unlimited = { perInput: 1, constant: 1 };
  const { maxError } = await probe(
    part,
    changed,
    shapes,
    unlimited,
    Number.POSITIVE_INFINITY,
    seed,
  );
  return maxError / step;
}

/** A region's part of a model as a model of its own. */
function extractPart(
  { model, types, concrete }: TypedModel,
  { sources, output }: RegionPart,
  images: readonly ProbeShape[],
): Verdict<Model> {
  const inputs = new Map<Value, TensorType>();
  for (const [i, source] of sources.entries()) {
    const image = images[i] as ProbeShape;
    const dtype = concrete.of(source)?.dtype ?? 'float32';
    inputs.set(source, { dtype, shape: imageDims(image, image.batch) });
  }
  const constant = (value: Value): Tensor | null => {
    const { producer } = value;
    const own = producer?.is('Constant') ? constantNodeTensor(producer) : value.constant;
    return own ?? shapeConstant(value, concrete);
  };
  return partOf(model, inputs, output, constant, types);
}

/** Holds a probe against the certificate, and the certificate against what rounding explains. */
export function judgeProbe({ result, explained }: RegionProbe): Verdict<string> {
  const { maxError, tolerance, images, impulses } = result;
  const text = (value: number): string => value.toExponential(1);
  if (!result.passed) {
    return refuse(`the outputs differ by ${text(maxError)}, but ${text(tolerance)} is certified`);
  }
  if (!(maxError <= explained)) {
    return refuse(
      `the outputs differ by ${text(maxError)}, but rounding explains ${text(explained)}`,
    );
  }
  // Where both answer zero to everything (an image that sees nothing but padding) there is no scale to judge a bound by.
  const silent = result.magnitude === 0 && maxError === 0;
  if (!silent && !(tolerance <= mostSlack * explained)) {
    return refuse(
      `the bound ${text(tolerance)} is certified, but rounding explains ${text(explained)}`,
    );
  }
  return accept(
    `the outputs differ by ${text(maxError)} on ${images} images (${impulses}), ${text(tolerance)} is certified`,
  );
}
