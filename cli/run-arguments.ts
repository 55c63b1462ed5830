import { join } from 'node:path';
import { InvalidArgumentError, Option } from 'commander';
import { ReparamError } from '../src/errors.js';

/** A checkpoint of a run. */
export type Which = 'latest' | 'best' | number;

export function parseWhich(text: string): Which {
  if (text === 'latest' || text === 'best') return text;
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("give 'best', 'latest' or the number of a step.");
}

export const checkpointOption = (): Option =>
  new Option('--checkpoint <which>', "'best', 'latest', or the number of a step")
    .default('best')
    .argParser(parseWhich);

/** The model of a checkpoint whose files are as they were written. */
export interface CheckpointModel {
  /** Of the model file. */
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly step: number;
}

/** @throws ReparamError for a folder that is no run, and for a checkpoint that is missing, damaged or without model. */
export async function checkpointModel(run: string, which: Which): Promise<CheckpointModel> {
  const { readCheckpoint, readRun } = await import('../src/train/index.js');
  await readRun(run);
  const { path, model, step } = await readCheckpoint(run, which);
  if (model) return { path: join(path, 'model.onnx'), bytes: model, step };
  throw new ReparamError('input', `the checkpoint ${path} holds no model`, { at: path });
}
