/**
 * Nanoseconds on two cores with AVX2, fitted to measured convolutions of 2×2 to 32×32 maps, and so that the order is right
 * on two cores with AVX-512. Only the order matters: which formulation is the fastest for a shape.
 */
const copiedElement = 0.8;
const copiedRun = 10;
const gatheredPatchElement = 2.3;
const multiplication = 1 / 40;
const packedElement = 0.7;
const oneProduct = 600;

const roundUp = (length: number, unit: number): number => Math.ceil(length / unit) * unit;

/** Copying `elements`, of which `run` lie together. */
export const moved = (elements: number, run = Number.POSITIVE_INFINITY): number =>
  elements * (copiedElement + copiedRun / run);

/** Transposing, in runs of `run` elements that stay together: on one thread, unlike the rest. */
export const transposed = (elements: number, run: number): number => 2 * moved(elements, run);

/** `batch` products `[rows, depth] · [depth, columns]`: the kernel computes tiles of 6 × 16, so thin ones waste it. */
export const products = (batch: number, rows: number, columns: number, depth: number): number =>
  batch *
  (oneProduct +
    depth * (roundUp(rows, 6) * roundUp(columns, 16) * multiplication + columns * packedElement));

/** Patches that a convolution gathers before it multiplies. */
export const patches = (elements: number): number => elements * gatheredPatchElement;
