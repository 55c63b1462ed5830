const prefixes = ['', ' k', ' M', ' G', ' T', ' P'];

function scaled(value: number): { mantissa: string; prefix: string } {
  let rest = value;
  let step = 0;
  // 999.95 would be printed as 1000.0.
  while (rest >= 999.95 && step < prefixes.length - 1) {
    rest /= 1000;
    step++;
  }
  const mantissa = step === 0 ? String(Math.round(rest)) : rest.toFixed(rest < 99.95 ? 1 : 0);
  return { mantissa, prefix: prefixes[step] as string };
}

/** A count for people: `950`, `12.3 M`, `120 G`. */
export function formatCount(value: number): string {
  const { mantissa, prefix } = scaled(value);
  return `${mantissa}${prefix}`;
}

/** Bytes in decimal units: `950 B`, `8.3 MB`. */
export function formatBytes(value: number): string {
  const { mantissa, prefix } = scaled(value);
  return `${mantissa}${prefix || ' '}B`;
}

/** A measured error or tolerance with two digits: `0`, `1.2e-6`. */
export const formatError = (value: number): string => (value === 0 ? '0' : value.toExponential(1));

/** A share of something: `3 %`, `47 %`, `< 1 %`, and beyond ten times as a factor. */
export function formatShare(value: number): string {
  if (value === 0) return '0 %';
  if (value < 0.01) return '< 1 %';
  if (value < 10) return `${Math.round(100 * value)} %`;
  return value < 1e4 ? `${Math.round(value)} ×` : `${value.toExponential(0)} ×`;
}

/** Lengths of a tensor: `2x3x224x224`, `scalar`. */
export const formatDims = (dims: readonly (number | string | null)[]): string =>
  dims.length === 0 ? 'scalar' : dims.map((dim) => dim ?? '?').join('x');

export const plural = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;

/** Digits enough to see in how many places a cosine is 1: `0.9132`, `1 − 3.1e-9`, `1`. */
export function formatCosine(value: number): string {
  const distance = 1 - value;
  if (distance >= 1e-3) return value.toFixed(4).replace('-', '−');
  return distance <= 0 ? '1' : `1 − ${formatError(distance)}`;
}

/** A level in decibels: `142.3 dB`. */
export const formatDecibels = (value: number): string => `${value.toFixed(1).replace('-', '−')} dB`;

/** A share of samples, rounded down so that only all of them are 100 %: `99.98 %`. */
export const formatAgreement = (share: number): string =>
  share >= 1 ? '100 %' : `${(Math.floor(share * 1e4) / 100).toFixed(2)} %`;
