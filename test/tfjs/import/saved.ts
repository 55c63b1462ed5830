import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import { openSession } from '../../../src/runtime/index.js';
import { normal, Tensor } from '../../../src/tensor/index.js';
import { type ImportOptions, importTfjs } from '../../../src/tfjs/import/index.js';

tf.env().set('PROD', true);

export { tf };

/** Standard normal numbers, the same for the same seed. */
export function random(count: number, seed: number): Float32Array {
  const next = normal(seed);
  return new Float32Array(count).map(() => next());
}

export const randomTensor = (shape: readonly number[], seed: number): tf.Tensor =>
  tf.tensor(random(tf.util.sizeFromShape([...shape]), seed), [...shape]);

/** Gives every weight random values; variances stay positive. */
export function randomize(model: tf.LayersModel, seed = 1): void {
  const weights = model.weights.map((weight, i) => {
    const size = tf.util.sizeFromShape(weight.shape as number[]);
    const values = random(size, seed * 1000 + i);
    const variance = weight.originalName.endsWith('variance');
    const fan = Math.sqrt(Math.max(1, size / (weight.shape.at(-1) ?? 1)));
    const scaled = values.map((x) => (variance ? 0.5 + Math.abs(x) : x / fan));
    return tf.tensor(scaled, weight.shape as number[]);
  });
  model.setWeights(weights);
}

export interface Artifacts {
  readonly modelTopology: unknown;
  readonly weightSpecs: readonly object[];
  readonly weightData: Uint8Array;
  readonly signature?: unknown;
}

/** Writes what TensorFlow.js hands over when it saves, the weights in shards of `shardBytes`. */
export function writeModel(folder: string, artifacts: Artifacts, shardBytes = 1000): string {
  const { weightSpecs, weightData, ...rest } = artifacts;
  const paths: string[] = [];
  for (let at = 0; at < weightData.length; at += shardBytes) {
    const name = `group1-shard${paths.length + 1}.bin`;
    writeFileSync(join(folder, name), weightData.subarray(at, at + shardBytes));
    paths.push(name);
  }
  const json = { ...rest, weightsManifest: [{ paths, weights: weightSpecs }] };
  const file = join(folder, 'model.json');
  writeFileSync(file, JSON.stringify(json));
  return file;
}

/** Lets TensorFlow.js save a model. */
export async function saveLayers(model: tf.LayersModel, folder: string): Promise<string> {
  let file = '';
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      const { modelTopology, weightSpecs = [], weightData } = artifacts;
      const data = new Uint8Array(weightData as ArrayBuffer);
      file = writeModel(folder, { modelTopology, weightSpecs, weightData: data });
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  return file;
}

export async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'reparam-tfjs-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const toOurs = (tensor: tf.Tensor): Tensor =>
  Tensor.floats(tensor.shape, tensor.dataSync<'float32'>());

/** The largest |a − b| over the largest |a|; throws where shapes differ. */
export function difference(expected: tf.Tensor, actual: Tensor | undefined): number {
  expect(actual?.dims).toEqual(expected.shape);
  const [a, b] = [expected.dataSync(), actual?.toNumbers() ?? []];
  let [most, largest] = [0, 1e-30];
  for (let i = 0; i < a.length; i++) {
    most = Math.max(most, Math.abs((a[i] as number) - (b[i] as number)));
    largest = Math.max(largest, Math.abs(a[i] as number));
  }
  return most / largest;
}

/** Runs an ONNX file or model on tensors of TensorFlow.js, in the order of its inputs. */
export async function runOnnx(
  source: Parameters<typeof openSession>[0],
  inputs: readonly tf.Tensor[],
): Promise<Tensor[]> {
  const session = await openSession(source, { optimization: 'disabled' });
  try {
    const feeds = session.inputNames.map(
      (name, i) => [name, toOurs(inputs[i] as tf.Tensor)] as const,
    );
    return [...(await session.run(new Map(feeds))).values()];
  } finally {
    await session.release();
  }
}

/** Random inputs of a model, two of each; open lengths are 9. */
export const inputsOf = (model: tf.LayersModel, seed = 5): tf.Tensor[] =>
  model.inputs.map(({ shape }, i) =>
    randomTensor(
      shape.map((dim, axis) => dim ?? (axis === 0 ? 2 : 9)),
      seed + i,
    ),
  );

/**
 * Gives a model random weights, lets TensorFlow.js save it, imports it, and holds onnxruntime's outputs against those of
 * the model in memory.
 * @returns operators of the imported graph, in order
 */
export async function expectImported(
  model: tf.LayersModel,
  options: ImportOptions = {},
): Promise<string[]> {
  randomize(model);
  return inFolder(async (folder) => {
    const imported = await importTfjs(await saveLayers(model, folder), options);
    const inputs = inputsOf(model);
    const expected = [model.predict(inputs)].flat() as tf.Tensor[];
    const actual = await runOnnx(imported.model, inputs);
    expect(actual.length).toBe(expected.length);
    expected.forEach((tensor, i) => {
      expect(difference(tensor, actual[i])).toBeLessThan(2e-6);
    });
    return imported.model.graph.nodes.map(({ opType }) => opType);
  });
}

/** A model of one layer, or of several in a row, on inputs of the given shape. */
export function stacked(shape: readonly (number | null)[], ...layers: tf.layers.Layer[]) {
  const input = tf.input({ shape: [...shape] });
  let x: tf.SymbolicTensor = input;
  for (const layer of layers) x = layer.apply(x) as tf.SymbolicTensor;
  return tf.model({ inputs: input, outputs: x });
}
