import { randomUUID } from 'node:crypto';
import { readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inputError, ReparamError } from '../errors.js';
import { readError, writeError } from '../file-errors.js';
import { allGraphs, type Model } from '../ir/index.js';
import { decodeModel } from './decode.js';
import { encodeChunks } from './encode.js';
import { ExternalDataFile, externalDataReader, openOutline } from './external-data.js';
import { externalFiles } from './external-references.js';
import { modelOrigins } from './provenance.js';
import { maximumBytes } from './wire.js';

/** Files of this many bytes and more are not read at once. */
const largeFile = 2 ** 26;

/** Weights beyond this are not embedded unless asked for: the graph needs room below protobuf's 2 GiB too. */
const largestEmbedded = 1.9e9;

/** The file that a model was loaded from. */
const sources = new WeakMap<Model, string>();

async function fileSize(path: string): Promise<number> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  // A pipe or a device might never end.
  if (!stats.isFile()) throw inputError(`cannot read ${path}: it is not a file`, { at: path });
  if (stats.size <= maximumBytes) return stats.size;
  throw inputError(`${path} is larger than 2 GiB, which no ONNX file can be`, {
    at: path,
    hint: 'such a model keeps its weights in an external data file beside it; give the .onnx file',
  });
}

/** Large weights stay in a large file until they are asked for. */
function loadOutline(path: string): Model | null {
  try {
    const outline = openOutline(path);
    return outline && decodeModel(outline.bytes, { source: path, external: outline.reader });
  } catch (error) {
    // The whole file tells best what is wrong with it.
    if (error instanceof ReparamError) return null;
    throw error;
  }
}

async function loadWhole(path: string): Promise<Model> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw readError(path, cause);
  });
  return decodeModel(bytes, { source: path, external: externalDataReader(path) });
}

/**
 * Reads an ONNX file. Weights in external data files, and the large ones of a file from 64 MiB on, stay there until
 * they are asked for: such files must not change as long as the model is in use.
 * @throws ReparamError for a file that cannot be read, is no model, or whose external data is missing or unsafe.
 */
export async function loadModel(path: string): Promise<Model> {
  const outlined = (await fileSize(path)) < largeFile ? null : loadOutline(path);
  const model = outlined ?? (await loadWhole(path));
  sources.set(model, await realpath(path));
  return model;
}

export interface SaveOptions {
  /**
   * Whether weights go into `<file name>.data` beside the model. 'auto' (default): when they did before, or when they
   * are too large for one file.
   */
  readonly externalData?: boolean | 'auto';
}

export interface SavedModel {
  /** Size of the model file. */
  readonly bytes: number;
  /** Size of the external data file, 0 without one. */
  readonly externalBytes: number;
}

/** Real paths of the files beside a loaded model that hold its external data. */
export function filesReadBy(model: Model): ReadonlySet<string> {
  const origin = modelOrigins.get(model);
  const files = origin ? externalFiles(origin) : new Set<string>();
  files.delete(sources.get(model) ?? '');
  return files;
}

function prefersExternal(model: Model): boolean {
  if (filesReadBy(model).size > 0) return true;
  let bytes = 0;
  for (const graph of allGraphs(model.graph)) {
    for (const { constant } of graph.initializers) bytes += constant?.byteLength ?? 0;
  }
  return bytes > largestEmbedded;
}

/** Where a path leads, and that a file may take its place. */
async function targetOf(path: string): Promise<string> {
  const target = await realpath(path).catch(() => path);
  const stats = await stat(target).catch(() => null);
  if (stats && !stats.isFile()) {
    throw new ReparamError('usage', `cannot write ${path}: it exists and is not a regular file`, {
      at: path,
    });
  }
  return target;
}

/** A model's own data file may be replaced together with it, but not on its own. */
async function dataTargetOf(model: Model, target: string): Promise<string> {
  const dataTarget = await targetOf(`${target}.data`);
  if (filesReadBy(model).has(dataTarget) && sources.get(model) !== target) {
    throw new ReparamError(
      'usage',
      `cannot write ${dataTarget}: it holds the weights of the model that was loaded`,
      { at: dataTarget, hint: 'give the output another name' },
    );
  }
  return dataTarget;
}

interface PendingFile {
  readonly target: string;
  readonly temporary: string;
}

/** Files written under temporary names that take their places together, or vanish. */
async function writeTogether(
  files: readonly { readonly target: string; readonly content: Iterable<Uint8Array> }[],
): Promise<void> {
  const pending: PendingFile[] = [];
  try {
    for (const { target, content } of files) {
      const temporary = join(dirname(target), `.${basename(target)}.${randomUUID()}`);
      pending.push({ target, temporary });
      await writeFile(temporary, content, { flag: 'wx', flush: true });
    }
    for (const { target, temporary } of pending) await rename(temporary, target);
  } finally {
    for (const { temporary } of pending) await rm(temporary, { force: true });
  }
}

/**
 * Writes an ONNX file, and its external data file where it has one. Both appear complete or not at all: they are
 * written under temporary names first.
 * @throws ReparamError when a file cannot be written, or for more than 2 GiB without external data.
 */
export async function saveModel(
  model: Model,
  path: string,
  options: SaveOptions = {},
): Promise<SavedModel> {
  const { externalData = 'auto' } = options;
  const target = await targetOf(path);
  const outside = externalData === 'auto' ? prefersExternal(model) : externalData;
  const data = new ExternalDataFile(`${basename(target)}.data`);
  const chunks = encodeChunks(model, outside ? { external: data } : {});
  const files = [{ target, content: chunks as Iterable<Uint8Array> }];
  if (data.byteLength > 0) {
    // The model comes last: until it is there, nobody looks for its data.
    files.unshift({ target: await dataTargetOf(model, target), content: data.chunks() });
  }
  try {
    await writeTogether(files);
  } catch (cause) {
    throw writeError(path, cause);
  }
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  return { bytes, externalBytes: data.byteLength };
}
