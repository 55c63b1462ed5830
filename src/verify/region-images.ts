import { accept, refuse, type Verdict } from '../errors.js';
import { inferTypes, type Model, type Types } from '../ir/index.js';
import type { CertifiedRegion } from '../merge/certificate.js';
import { concreteTypes } from '../merge/concrete.js';
import type { ProbeShape } from '../merge/probe-images.js';
import { sizeAgnostic } from '../merge/probe-part.js';
import { elementCount } from '../tensor/index.js';
import type { RegionPart } from './region-part.js';

/** A model with the types of its values. */
export interface TypedModel {
  readonly model: Model;
  readonly types: Types;
  /** Types for one choice of all open lengths. */
  readonly concrete: Types;
}

/** The model for each choice of its open lengths. */
export function withTypes(model: Model): readonly TypedModel[] {
  const types = inferTypes(model);
  return concreteTypes(model).map((concrete) => ({ model, types, concrete }));
}

/** Length of an axis that nothing tells. */
const openLength = 32;

/** Images above this many elements are made smaller where the nodes allow it. */
const largestImage = 1 << 20;

/** True when a region does the same whatever the size of its images. */
export const isSizeAgnostic = ({ nodes, varying }: RegionPart): boolean =>
  [...nodes].every((node) => !node.is('Shape', 'Size')) &&
  [...varying].every((node) => sizeAgnostic.has(node.opType));

/** The images that a region's sources hold in the model, one a source. */
export function imagesFor(
  { types, concrete }: TypedModel,
  part: RegionPart,
  region: CertifiedRegion,
): Verdict<readonly ProbeShape[]> {
  const agnostic = isSizeAgnostic(part);
  const channelsLast = region.operators.some(({ opType }) => opType === 'MatMul');
  const images: ProbeShape[] = [];
  for (const source of part.sources) {
    const shape = concrete.of(source)?.shape ?? [];
    const [batch = null, ...dims] = shape.map((dim) => (typeof dim === 'number' ? dim : null));
    const channels = channelsLast ? dims.pop() : dims.shift();
    if (!channels) return refuse(`the shape of '${source.name}' is unknown`);
    const lengths = dims.map((dim) => dim ?? openLength);
    const spatial = agnostic && part.sources.length === 1 ? fitted(channels, lengths) : lengths;
    const anyBatch = agnostic && typeof types.of(source)?.shape?.[0] !== 'number';
    images.push({ channels, spatial, batch: anyBatch ? null : (batch ?? 1), channelsLast });
  }
  return accept(images);
}

/** Halves the longest axis until the image is small enough. */
function fitted(channels: number, lengths: readonly number[]): number[] {
  const spatial = [...lengths];
  for (;;) {
    const longest = Math.max(...spatial);
    if (channels * elementCount(spatial) <= largestImage || longest <= openLength) return spatial;
    spatial[spatial.indexOf(longest)] = Math.ceil(longest / 2);
  }
}
