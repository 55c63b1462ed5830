import { type Html, html } from '../html.js';

/** Pixels of a cell. */
const [width, height] = [34, 24];

/** Numbers of a kernel as rows: the last axis runs to the right, the others down. */
export function kernelRows(kernel: readonly number[], values: readonly number[]): number[][] {
  const columns = kernel.at(-1) ?? 1;
  return Array.from({ length: values.length / columns }, (_, row) =>
    values.slice(row * columns, (row + 1) * columns),
  );
}

/** Two digits behind the point, less where numbers are large. */
const shown = (value: number): string => value.toFixed(value < 9.995 ? 2 : 1);

/**
 * A kernel with its numbers, the larger the darker.
 * @param most the number that gets the full colour
 */
export function heatMap(
  label: string,
  kernel: readonly number[],
  values: readonly number[],
  most: number,
): Html {
  const rows = kernelRows(kernel, values);
  const [across, down] = [(rows[0]?.length ?? 0) * width, rows.length * height];
  const cells = rows.flatMap((row, i) =>
    row.map((value, j) => {
      // Text must stay readable on it.
      const strength = Math.min(1, Math.max(0, value / most)) * 0.7;
      const [x, y] = [j * width, i * height];
      return html`<rect x="${x}" y="${y}" width="${width}" height="${height}" fill-opacity="${strength.toFixed(3)}"/><text x="${x + width / 2}" y="${y + height / 2}">${shown(value)}</text>`;
    }),
  );
  return html`<svg class="heat" role="img" aria-label="${label}" width="${across}" height="${down}" viewBox="0 0 ${across} ${down}">${cells}</svg>`;
}
