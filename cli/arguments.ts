import { InvalidArgumentError, Option } from 'commander';
import { deviceNames } from '../src/runtime/devices.js';

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

/** Numbers of 1 or more, separated by commas. */
export const parseCounts = (text: string): number[] => text.split(',').map(parsePositive);

export function parseTolerance(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError('It must be a number, 0 or more.');
  }
  return value;
}

/** Names out of a fixed list, separated by commas. */
export const parseNames =
  <Name extends string>(known: readonly Name[]) =>
  (text: string): Name[] => {
    const names = text.split(',').map((name) => name.trim());
    for (const name of names) {
      if (!known.includes(name as Name)) {
        throw new InvalidArgumentError(`'${name}' is none of ${known.join(', ')}.`);
      }
    }
    return [...new Set(names as Name[])];
  };

/** Numbers separated by commas. */
export function parseNumbers(text: string): number[] {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
  if (!numbers.every(Number.isFinite)) {
    throw new InvalidArgumentError('It must be numbers separated by commas.');
  }
  return numbers;
}

/** A height and a width in pixels: `224` or `320x240`. */
export function parseSize(text: string): [height: number, width: number] {
  const match = /^(\d+)(?:x(\d+))?$/.exec(text);
  const [height, width] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (!(height > 0 && width > 0)) {
    throw new InvalidArgumentError('It must be written as 224 or 320x240 (height x width).');
  }
  return [height, width];
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

/** Collects `name`, or `name=other` where the second model has another name for it. */
export function parseOutput(
  text: string,
  previous: readonly { readonly a: string; readonly b: string }[] = [],
): { readonly a: string; readonly b: string }[] {
  const [a = '', b = a, ...rest] = text.split('=');
  if (a === '' || b === '' || rest.length > 0) {
    throw new InvalidArgumentError('It must be written as name, or nameInA=nameInB.');
  }
  return [...previous, { a, b }];
}

/** Collects the values of an option that may be given several times. */
export const collect = (text: string, previous: readonly string[] = []): string[] => [
  ...previous,
  text,
];

/** Names of devices, and `auto` for the best one that works. */
export const deviceChoices = [...deviceNames, 'auto'] as const;

export type DeviceChoice = (typeof deviceChoices)[number];

/** Several devices, the CPU by default. */
export const deviceOption = (subject: string): Option =>
  new Option(
    '--device <list>',
    `where ${subject}, separated by commas: ${deviceChoices.join(', ')}`,
  )
    .argParser(parseNames(deviceChoices))
    .default(['cpu'], 'cpu');

const levels = ['disabled', 'basic', 'extended', 'all'] as const;

export type OptimizationLevel = (typeof levels)[number];

export const optimizationOption = (subject: string): Option =>
  new Option('--optimization <level>', `how much onnxruntime optimizes ${subject}`)
    .choices(levels)
    .default('all');

/** What merging should save first. */
export const objectiveOption = (): Option =>
  new Option('--objective <what>', 'what to save first: work, bytes or nodes')
    .choices(['macs', 'size', 'nodes'])
    .default('macs');
