import { InvalidArgumentError, Option } from 'commander';

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
