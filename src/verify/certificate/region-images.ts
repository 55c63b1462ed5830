import { accept, refuse, type Verdict } from '../../errors.js';
import { inferTypes, type Model, type Types } from '../../ir/index.js';
import type { CertifiedRegion } from '../../merge/certificate.js';
import { concreteTypes } from '../../merge/concrete.js';
import type { ProbeShape } from '../../merge/probe-images.js';
import { sizeAgnostic } from '../../merge/probe-part.js';
import { elementCount } from '../../tensor/index.js';
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
const largestImage = 1 << 18;

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
  const single = agnostic && part.sources.length === 1;
  const reach = reachOf(part, concrete);
  const images: ProbeShape[] = [];
  for (const source of part.sources) {
    const shape = concrete.of(source)?.shape ?? [];
    const [batch = null, ...dims] = shape.map((dim) => (typeof dim === 'number' ? dim : null));
    const channels = channelsLast ? dims.pop() : dims.shift();
    if (!channels) return refuse(`the shape of '${source.name}' is unknown`);
    const lengths = dims.map((dim) => dim ?? openLength);
    const spatial = single ? fitted(channels, lengths, reach) : lengths;
    const anyBatch = agnostic && typeof types.of(source)?.shape?.[0] !== 'number';
    images.push({ channels, spatial, batch: anyBatch ? null : (batch ?? 1), channelsLast });
  }
  return accept(images);
}

/** Halves the longest axis until the image is small, or would not hold all that an output sees on either side. */
function fitted(channels: number, lengths: readonly number[], reach: number): number[] {
  const least = Math.max(openLength, 4 * reach);
  const spatial = [...lengths];
  for (;;) {
    const longest = Math.max(...spatial);
    if (channels * elementCount(spatial) <= largestImage || longest <= least) return spatial;
    spatial[spatial.indexOf(longest)] = Math.ceil(longest / 2);
  }
}

const windowed = ['Conv', 'ConvTranspose', 'AveragePool'];
const pointwise = [
  ...['Add', 'Sub', 'Sum', 'Mean', 'Mul', 'Div', 'Neg', 'BatchNormalization'],
  ...['Identity', 'Dropout', 'Cast'],
];

/** No less than the distance of two positions that one output sees. */
function reachOf({ varying }: RegionPart, types: Types): number {
  let reach = 0;
  let stride = 1;
  for (const node of varying) {
    if (node.is(...pointwise)) continue;
    const weight = node.inputs[1];
    const kernel = node.ints('kernel_shape') ?? (weight && types.of(weight)?.shape?.slice(2));
    if (!node.is(...windowed) || !kernel) return Number.POSITIVE_INFINITY;
    const sizes = kernel.map((size) =>
      typeof size === 'number' ? size : Number.POSITIVE_INFINITY,
    );
    reach += Math.max(1, ...sizes) * Math.max(1, ...(node.ints('dilations') ?? []));
    stride *= Math.max(1, ...(node.ints('strides') ?? []));
  }
  return reach * stride;
}
