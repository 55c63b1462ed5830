/** Height and width in pixels. */
export interface Extent {
  readonly height: number;
  readonly width: number;
}

/**
 * How an image comes to the size that a model takes: 'crop' (default) keeps its proportions and cuts off what is too
 * long, 'stretch' does not.
 */
export type Fit = 'crop' | 'stretch';

/** The whole image is scaled to `scaled`; of that, `target` pixels from (`top`, `left`) on are kept. */
export interface Scaling {
  readonly scaled: Extent;
  readonly top: number;
  readonly left: number;
}

/** Half of a length, rounded to even: what Python's `round(length / 2)` is. */
export function half(length: number): number {
  const floor = Math.floor(length / 2);
  return length % 2 === 0 || floor % 2 === 0 ? floor : floor + 1;
}

/**
 * The geometry of torchvision's transforms for evaluation, `Resize` of the shorter side and `CenterCrop`. For targets
 * that are not square, the side that is shorter in proportion to them counts.
 */
export function scalingTo(image: Extent, target: Extent, fit: Fit): Scaling {
  if (fit === 'stretch') return { scaled: target, top: 0, left: 0 };
  const heightDecides = target.height * image.width >= target.width * image.height;
  const scaled = heightDecides
    ? {
        height: target.height,
        width: Math.floor((target.height * image.width) / image.height),
      }
    : {
        height: Math.floor((target.width * image.height) / image.width),
        width: target.width,
      };
  return {
    scaled,
    top: half(scaled.height - target.height),
    left: half(scaled.width - target.width),
  };
}
