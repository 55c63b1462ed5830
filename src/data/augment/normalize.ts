/** Writes an image [C, H, W] as floats. */
export type Normalize = (pixels: Uint8Array, target: Float32Array) => void;

/**
 * `(value / 255 − mean) / std` a channel, rounded once: each of the 256 values is computed beforehand, in double
 * precision.
 */
export function normalizer(mean: readonly number[], std: readonly number[]): Normalize {
  const tables = mean.map((shift, c) =>
    Float32Array.from({ length: 256 }, (_, level) => (level / 255 - shift) / (std[c] as number)),
  );
  return (pixels, target) => {
    const plane = pixels.length / tables.length;
    tables.forEach((table, c) => {
      const end = (c + 1) * plane;
      for (let i = c * plane; i < end; i++) target[i] = table[pixels[i] as number] as number;
    });
  };
}
