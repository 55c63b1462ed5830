import { elementCount, normal, uniform } from '../tensor/index.js';

/** Shape of one source of a region while it is probed. */
export interface ProbeShape {
  readonly channels: number;
  readonly spatial: readonly number[];
  /** The batch that the region's nodes accept, null where any will do. */
  readonly batch: number | null;
  /** True when the channels are the last axis instead of axis 1. */
  readonly channelsLast: boolean;
  /**
   * The largest distance, a spatial axis each, of two positions that one output can see. Without it any two are taken
   * to be seen together.
   */
  readonly reach?: readonly number[] | undefined;
}

/** Dims of a source, for one image or as many as `batch` says. */
export const imageDims = <B extends number | null>(
  { channels, spatial, channelsLast }: ProbeShape,
  batch: B,
): (number | B)[] => (channelsLast ? [batch, ...spatial, channels] : [batch, channels, ...spatial]);

/** One test image: values for each source, null for zeros. */
export interface Image {
  readonly data: readonly (Float64Array | null)[];
  /** Largest |value|. */
  readonly magnitude: number;
}

/**
 * Interior and every border class: first, middle and last along each axis. Positions that no output sees together
 * share an image.
 * @returns the positions of each image
 */
export function impulsePositions({ spatial, reach }: ProbeShape): number[][][] {
  let images: number[][][] = [[[]]];
  for (const [axis, length] of spatial.entries()) {
    const along = [...new Set([0, Math.floor(length / 2), length - 1])];
    const distance = Math.min(...along.slice(1).map((at, i) => at - (along[i] as number)));
    const extended = (positions: number[][], at: number): number[][] =>
      positions.map((position) => [...position, at]);
    images =
      distance > (reach?.[axis] ?? Number.POSITIVE_INFINITY)
        ? images.map((positions) => along.flatMap((at) => extended(positions, at)))
        : images.flatMap((positions) => along.map((at) => extended(positions, at)));
  }
  return images;
}

/** Zero, noise, and impulses in one source after the other. */
export function makeImages(
  shapes: readonly ProbeShape[],
  everyChannel: boolean,
  seed: number,
): Image[] {
  const random = normal(seed);
  const noise = shapes.map((shape) => {
    const data = new Float64Array(sizeOf(shape));
    for (let i = 0; i < data.length; i++) data[i] = clip(random());
    return data;
  });
  const images: Image[] = [
    { data: [], magnitude: 0 },
    { data: noise, magnitude: noiseLimit },
  ];
  for (const [k, shape] of shapes.entries()) {
    for (const { data, magnitude } of impulses(shape, everyChannel, seed + k)) {
      images.push({ data: shapes.map((_, i) => (i === k ? data : null)), magnitude });
    }
  }
  return images;
}

const noiseLimit = 3;
const clip = (value: number): number => Math.max(-noiseLimit, Math.min(noiseLimit, value));

const sizeOf = (shape: ProbeShape): number => shape.channels * elementCount(shape.spatial);

function* impulses(
  shape: ProbeShape,
  everyChannel: boolean,
  seed: number,
): Generator<{ data: Float64Array; magnitude: number }> {
  const { channels } = shape;
  const amplitude = uniform(seed);
  for (const positions of impulsePositions(shape)) {
    const places = positions.map((position) => placeOf(shape, position));
    if (everyChannel) {
      for (let c = 0; c < channels; c++) {
        const data = new Float64Array(sizeOf(shape));
        for (const place of places) data[place(c)] = 1;
        yield { data, magnitude: 1 };
      }
      continue;
    }
    const data = new Float64Array(sizeOf(shape));
    for (const place of places) {
      for (let c = 0; c < channels; c++) {
        data[place(c)] = (amplitude() < 0.5 ? -1 : 1) * (0.5 + amplitude());
      }
    }
    yield { data, magnitude: 1.5 };
  }
}

/** Where an image holds each channel of a position. */
function placeOf(
  { channels, spatial, channelsLast }: ProbeShape,
  position: readonly number[],
): (channel: number) => number {
  const area = elementCount(spatial);
  const flat = position.reduce((sum, p, axis) => sum * (spatial[axis] as number) + p, 0);
  return (c) => (channelsLast ? flat * channels + c : c * area + flat);
}
