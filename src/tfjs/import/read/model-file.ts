import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError } from '../../../errors.js';
import { Fields, isObject } from './fields.js';
import { readWeights, type Weights } from './weights.js';

/** What tf.loadLayersModel reads (Keras-style layers), or tf.loadGraphModel (a TensorFlow graph). */
export type TfjsFormat = 'layers-model' | 'graph-model';

/** A saved TensorFlow.js model. */
export interface ModelFile {
  /** Path of model.json. */
  readonly path: string;
  readonly format: TfjsFormat;
  /** The value of `modelTopology`. */
  readonly topology: Fields;
  /** Inputs and outputs by name, which graph models may have. */
  readonly signature: Fields | null;
  readonly weights: Weights;
  /** The whole file, as TensorFlow.js itself takes it. */
  readonly json: Readonly<Record<string, unknown>>;
}

const whatItIs =
  'give the model.json that model.save or tensorflowjs_converter wrote, or its folder';

async function findFile(path: string): Promise<string> {
  const stats = await stat(path).catch((cause: NodeJS.ErrnoException) => {
    const problem = cause.code === 'ENOENT' ? 'no such file or folder' : cause.message;
    throw inputError(`cannot read ${path}: ${problem}`, { at: path, hint: whatItIs, cause });
  });
  if (!stats.isDirectory()) return path;
  const file = join(path, 'model.json');
  if ((await stat(file).catch(() => null))?.isFile()) return file;
  throw inputError(`${path} holds no model.json`, { at: path, hint: whatItIs });
}

async function readJson(file: string): Promise<Readonly<Record<string, unknown>>> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw inputError(`cannot read ${file}: ${cause.message}`, { at: file, cause });
  });
  try {
    const json: unknown = JSON.parse(text);
    if (isObject(json)) return json;
  } catch (cause) {
    // The message quotes the file, which may be anything.
    const problem = (cause as Error).message.replace(/[^\x20-\x7e]/g, '?');
    throw inputError(`${file} is not JSON: ${problem}`, {
      at: file,
      hint: whatItIs,
      cause,
    });
  }
  throw inputError(`${file} is no TensorFlow.js model`, { at: file, hint: whatItIs });
}

function formatOf(topology: Fields): TfjsFormat {
  if (Array.isArray(topology.get('node'))) return 'graph-model';
  if (topology.get('model_config') !== undefined || topology.get('class_name') !== undefined) {
    return 'layers-model';
  }
  throw topology.fault('holds neither layers nor the nodes of a graph', whatItIs);
}

/**
 * Reads a model that TensorFlow.js saved: model.json and the weights files beside it.
 * @param path model.json, or the folder that holds it
 * @throws ReparamError for what is no such model, and for weights that are missing or of the wrong size.
 */
export async function readModelFile(path: string): Promise<ModelFile> {
  const file = await findFile(path);
  const json = await readJson(file);
  const root = new Fields(json, 'the file', file);
  if (root.get('modelTopology') === undefined) {
    throw root.fault("has no 'modelTopology': it is no TensorFlow.js model", whatItIs);
  }
  const topology = root.fields('modelTopology', "'modelTopology'");
  const format = formatOf(topology);
  const signature = root.get('signature') === undefined ? null : root.fields('signature');
  const weights = await readWeights(root.list('weightsManifest', []), file);
  return { path: file, format, topology, signature, weights, json };
}
