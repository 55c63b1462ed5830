import { formatError } from '../../report/format.js';
import type { Spread } from '../statistics.js';
import type { Cost } from '../table.js';

/** What is not known, or not defined. */
export const missing = 'n/a';

/** `71.52`, of an accuracy from 0 to 1. */
export const points = (share: number): string => (100 * share).toFixed(2).replace('-', '−');

/** `+0.42`, `−1.10`. */
export const signedPoints = (share: number): string => {
  const text = points(share);
  return text.startsWith('−') ? text : `+${text}`;
};

export const percent = (share: number | null): string =>
  share === null ? missing : `${points(share)} %`;

/** `71.52 ± 1.69 %`. */
export const spreadText = (spread: Spread | null): string => {
  if (spread === null) return missing;
  const { mean, std } = spread;
  return std === null ? percent(mean) : `${points(mean)} ± ${points(std)} %`;
};

/** `0.031`, `0.0012`. */
export const probability = (p: number): string => {
  if (p < 1e-4) return formatError(p).replace('-', '−');
  return p < 0.01 ? p.toFixed(4) : p.toFixed(3);
};

/** `23.4 ms`, `1.27 s`. */
export const stepText = (seconds: number): string =>
  seconds < 1 ? `${(1000 * seconds).toFixed(seconds < 0.1 ? 1 : 0)} ms` : `${seconds.toFixed(2)} s`;

/** `42 s`, `12.1 min`, `3.4 h`. */
export function timeText(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(1)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** A cost and how many times the baseline's it is: `23.4 ms (1.42 ×)`. */
export const costText = (cost: Cost | null, text: (value: number) => string): string => {
  if (cost === null) return missing;
  const { value, ratio } = cost;
  return ratio === null ? text(value) : `${text(value)} (${ratio.toFixed(2)} ×)`;
};
