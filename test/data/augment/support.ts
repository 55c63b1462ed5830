import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { parseAugment } from '../../../src/data/augment/index.js';
import type { BatchStep, PixelStep, ValueStep } from '../../../src/data/augment/step.js';
import type { Image } from '../../../src/data/index.js';

interface Reference {
  readonly given: number[];
  readonly colours: { name: string; factor: number; pixels: number[] }[];
  readonly sizes: { height: number; width: number; pixels: number[] }[];
  readonly shorter: { side: number; shape: number[] }[];
  readonly crops: { size: number; pixels: number[] }[];
  readonly boxes: { box: [number, number, number, number]; pixels: number[] }[];
}

const path = join(import.meta.dirname, '../../../fixtures/datasets/augmented.json');
/** What torchvision makes of `given`. */
export const reference = JSON.parse(readFileSync(path, 'utf8')) as Reference;

export const imageOf = (
  pixels: readonly number[],
  channels: number,
  height: number,
  width: number,
): Image => ({ channels, height, width, pixels: Uint8Array.from(pixels) });

export const given = imageOf(reference.given, 3, 11, 9);

/** The largest difference of two images. */
export function difference({ pixels }: Image, expected: readonly number[]): number {
  expect(pixels.length).toBe(expected.length);
  return expected.reduce((most, level, i) => Math.max(most, Math.abs(level - pixels[i]!)), 0);
}

const stepOf = (spec: string, stage: string) => {
  const [step] = parseAugment(spec);
  expect(step?.stage).toBe(stage);
  return step;
};
export const pixelStep = (spec: string) => stepOf(spec, 'pixels') as PixelStep;
export const valueStep = (spec: string) => stepOf(spec, 'values') as ValueStep;
export const batchStep = (spec: string) => stepOf(spec, 'batch') as BatchStep;
