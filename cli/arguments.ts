import { InvalidArgumentError, Option } from 'commander';

/** Parsers of option values; commander turns what they throw into its own usage message. */

export function parseCount(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  }
  return value;
}

export function parsePositive(text: string): number {
  const value = parseCount(text);
  if (value === 0) throw new InvalidArgumentError('It must be 1 or more.');
  return value;
}

export function parseTolerance(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  }
  return value;
}

/** Collects `name:1x3x224x224`; the name itself may hold colons. */
export function parseShape(
  text: string,
  previous: ReadonlyMap<string, readonly number[]> = new Map(),
): Map<string, readonly number[]> {
  const match = /^(.+):(\d+(?:x\d+)*)$/.exec(text);
  const [, name, dims] = match ?? [];
  if (name === undefined || dims === undefined) {
    throw new InvalidArgumentError('It must be written as name:1x3x224x224.');
  }
  return new Map(previous).set(name, dims.split('x').map(Number));
}

/** Collects the values of an option that may be given several times. */
export const collect = (text: string, previous: readonly string[] = []): string[] => [
  ...previous,
  text,
];

/** What merging should save first. */
export const objectiveOption = (): Option =>
  new Option('--objective <what>', 'what to save first: work, bytes or nodes')
    .choices(['macs', 'size', 'nodes'])
    .default('macs');
