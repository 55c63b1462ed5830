import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { inputError } from '../../../errors.js';
import type { Tensor } from '../../../tensor/index.js';
import { Fields } from './fields.js';
import { parseWeightEntry, type WeightEntry } from './weight-types.js';

/** The weights of a model: as tensors, and as TensorFlow.js itself takes them. */
export interface Weights {
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** Entries of the manifest, as the file has them. */
  readonly specs: readonly unknown[];
  /** The bytes of all weights, one after the other. */
  readonly data: Uint8Array;
  /** Files that were read. */
  readonly files: readonly string[];
}

interface Group {
  readonly paths: readonly string[];
  readonly entries: readonly WeightEntry[];
  readonly specs: readonly unknown[];
}

function parseGroup(value: unknown, index: number, file: string): Group {
  const group = new Fields(value, `group ${index + 1} of the weights manifest`, file);
  const specs = group.list('weights');
  const entries = specs.map((spec, i) => {
    const unnamed = new Fields(spec, `weight ${i + 1} of ${group.what}`, file);
    return parseWeightEntry(new Fields(spec, `the weight '${unnamed.text('name')}'`, file));
  });
  const paths = group.list('paths').map((path) => {
    if (typeof path === 'string' && path !== '') return path;
    throw group.fault(`names the file ${JSON.stringify(path)}, which is no path`);
  });
  return { paths, entries, specs };
}

/** Where a shard lies: beside model.json or below it, never elsewhere. */
function shardPath(file: string, path: string): string {
  const inside = normalize(path);
  if (!isAbsolute(inside) && !/^\.\.([\\/]|$)/.test(inside) && !path.includes('\0')) {
    return join(dirname(file), inside);
  }
  throw inputError(`${file}: the weights file '${path}' is outside the folder of the model`, {
    at: file,
    hint: 'weights must lie beside model.json; correct "paths" in its weightsManifest',
  });
}

async function readShard(file: string, path: string): Promise<Uint8Array> {
  const at = shardPath(file, path);
  return readFile(at).catch((cause: NodeJS.ErrnoException) => {
    const missing = cause.code === 'ENOENT';
    const problem = missing ? 'no such file' : cause.message;
    throw inputError(`cannot read the weights file ${at}: ${problem}`, {
      at,
      hint: missing
        ? `${file} names it; a saved model is model.json together with all of its weights files`
        : 'it must be a file that can be read',
      cause,
    });
  });
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

async function readGroup(group: Group, file: string): Promise<Uint8Array> {
  const shards: Uint8Array[] = [];
  for (const path of group.paths) shards.push(await readShard(file, path));
  const bytes = concatenate(shards);
  const expected = group.entries.reduce((sum, { byteLength }) => sum + byteLength, 0);
  if (bytes.length !== expected) {
    const names = group.paths.map((path) => shardPath(file, path)).join(', ');
    const holds = group.paths.length === 1 ? 'holds' : 'hold';
    throw inputError(
      `${names || 'no file'} ${holds} ${bytes.length} bytes, but the weights of ${file} take ${expected}`,
      { at: file, hint: 'copy or save the model again: its files do not belong together' },
    );
  }
  return bytes;
}

/**
 * Reads the weights of a model: each group of the manifest is the concatenation of its files, in which weights follow
 * one another without gaps.
 * @throws ReparamError for files that are missing, outside the model's folder, or of another size than the manifest says.
 */
export async function readWeights(manifest: readonly unknown[], file: string): Promise<Weights> {
  const tensors = new Map<string, Tensor>();
  const groups = manifest.map((value, i) => parseGroup(value, i, file));
  const parts: Uint8Array[] = [];
  for (const group of groups) {
    const bytes = await readGroup(group, file);
    parts.push(bytes);
    let offset = 0;
    for (const { name, byteLength, read } of group.entries) {
      if (tensors.has(name)) {
        throw inputError(`${file}: the weight '${name}' is listed twice`, { at: file });
      }
      tensors.set(name, read(bytes.subarray(offset, offset + byteLength)));
      offset += byteLength;
    }
  }
  return {
    tensors,
    specs: groups.flatMap(({ specs }) => specs),
    data: concatenate(parts),
    files: groups.flatMap(({ paths }) => paths.map((path) => shardPath(file, path))),
  };
}
