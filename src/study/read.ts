import { parseDocument } from 'yaml';
import { fileBytes } from '../data/files.js';
import { shown } from '../data/text.js';
import { inputError } from '../errors.js';
import { nearestNames } from '../models/nearest-names.js';
import { fileSize } from '../train/files.js';
import { isModelFile } from '../train/loop/source-model.js';
import { recipeNames } from '../train/recipe/index.js';
import { requireValue } from '../train/recipe/read.js';
import { isMapping, type Mapping, readList, readOptions, recipeSpelling } from './entries.js';
import { type Axis, type Study, type StudyEntry, studyKeys } from './study.js';

/** Studies are written by people: whatever is larger is none. */
const longestStudy = 2 ** 20;

function readSeeds(value: unknown, at: string): number[] {
  const seeds: readonly unknown[] = Array.isArray(value)
    ? value
    : Array.from(
        { length: Number.isSafeInteger(value) ? Math.min(Number(value), 1e4) : 0 },
        (_, i) => i,
      );
  if (seeds.length === 0) {
    throw inputError(`${at}: seeds must be how many there are, 1 or more, or a list of them`, {
      at,
    });
  }
  if (new Set(seeds).size < seeds.length) throw inputError(`${at}: a seed is given twice`, { at });
  return seeds.map((seed) => requireValue('seed', seed, at) as number);
}

function readBaseline(value: unknown, methods: readonly StudyEntry[], at: string): string {
  const names = methods.map(({ name }) => name);
  if (value === undefined) return names.includes('baseline') ? 'baseline' : (names[0] ?? '');
  const found = names.find((name) => name === value);
  if (found !== undefined) return found;
  const [nearest] = nearestNames(String(value), names, 1);
  throw inputError(`${at}: the baseline '${shown(String(value))}' is none of the methods`, {
    at,
    hint: `did you mean '${nearest}'?`,
  });
}

function requireKeys(mapping: Mapping, at: string): void {
  const unknown = Object.keys(mapping).find((key) => !studyKeys.includes(key) && key !== '$schema');
  if (unknown === undefined) return;
  const isOption = recipeNames.some((name) => name === recipeSpelling(unknown));
  const [nearest] = nearestNames(unknown, studyKeys, 1);
  throw inputError(`${at}: a study has no '${shown(unknown)}'`, {
    at,
    hint: isOption ? "options of training stand under 'recipe'" : `did you mean '${nearest}'?`,
  });
}

function parsed(text: string, at: string): unknown {
  try {
    const document = parseDocument(text, { prettyErrors: false });
    const [error] = document.errors;
    if (error) throw error;
    return document.toJS();
  } catch (cause) {
    const message = shown((cause as Error).message);
    throw inputError(`${at} is no valid YAML or JSON: ${message}`, { at, cause });
  }
}

function readAxis(axis: Axis, value: unknown, at: string): StudyEntry[] {
  const empty =
    value === undefined || value === null || (Array.isArray(value) && value.length === 0);
  if (!empty) return readList(axis, value, at);
  throw inputError(`${at}: the study has no ${axis}`, { at });
}

/**
 * A study in YAML or JSON.
 * @param at the file's name for messages
 * @throws ReparamError for text that is neither, and for what no study can hold.
 */
export function parseStudy(source: string, at: string): Study {
  const mapping = parsed(source, at);
  if (!isMapping(mapping)) {
    throw inputError(`${at} holds no study: a study has lines such as 'models: [resnet20]'`, {
      at,
    });
  }
  requireKeys(mapping, at);
  const { name = 'study', models, methods, data, seeds, baseline, recipe } = mapping;
  if (typeof name !== 'string') throw inputError(`${at}: the name must be a text`, { at });
  if (seeds === undefined)
    throw inputError(`${at}: the study has no seeds`, { at, hint: 'such as: seeds: 3' });
  if (recipe !== undefined && recipe !== null && !isMapping(recipe)) {
    throw inputError(`${at}: recipe holds lines such as 'lr: 0.1'`, { at });
  }
  const entries = readAxis('methods', methods, at);
  return {
    name,
    models: readAxis('models', models, at),
    methods: entries,
    data: data === undefined ? [] : readAxis('data', data, at),
    seeds: readSeeds(seeds, at),
    baseline: readBaseline(baseline, entries, at),
    recipe: readOptions(recipe ?? {}, `${at}: recipe`),
    source,
  };
}

/** Reads a study's file. @throws ReparamError as `parseStudy` does, and for a file that cannot be read. */
export async function readStudy(path: string): Promise<Study> {
  const bytes = await fileBytes(path);
  if (bytes.length > longestStudy)
    throw inputError(`${path} is too large for a study`, { at: path });
  const study = parseStudy(new TextDecoder().decode(bytes), path);
  for (const { options } of study.models) {
    if (isModelFile(options.model ?? '')) await fileSize(options.model ?? '');
  }
  return study;
}
