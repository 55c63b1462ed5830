import { expect } from 'vitest';
import { type ImportOptions, importTfjs } from '../../../src/tfjs/import/index.js';
import { difference, inFolder, random, randomTensor, runOnnx, tf, writeModel } from './saved.js';

type Attribute = object;

const list = (numbers: readonly number[]): Attribute => ({ list: { i: numbers.map(String) } });
const text = (value: string): Attribute => ({ s: btoa(value) });

/** Attributes as protobuf's JSON form spells them. */
export const attributes = {
  window: (strides: number[], padding: string, more: Record<string, Attribute> = {}) => ({
    T: { type: 'DT_FLOAT' },
    strides: list([1, ...strides, 1]),
    padding: text(padding),
    dilations: list([1, 1, 1, 1]),
    data_format: text('NHWC'),
    ...more,
  }),
  list,
  text,
  fused: (...ops: string[]): Record<string, Attribute> => ({
    fused_ops: { list: { s: ops.map(btoa) } },
    num_args: { i: ops.includes('Prelu') ? '2' : '1' },
  }),
};

interface GraphNode {
  readonly name: string;
  readonly op: string;
  readonly input: string[];
  readonly attr: Record<string, Attribute>;
}

/** A TensorFlow graph in the form in which tensorflowjs_converter writes it. */
export class GraphWriter {
  readonly #nodes: GraphNode[] = [];
  readonly #specs: { name: string; shape: number[]; dtype: 'float32' | 'int32' }[] = [];
  readonly #data: Uint8Array[] = [];
  readonly #inputs: [string, number[]][] = [];

  /** @param shape the first length counts images and is left open */
  input(name: string, shape: number[]): string {
    const dim = shape.map((size, i) => ({ size: String(i === 0 ? -1 : size) }));
    const attr = { dtype: { type: 'DT_FLOAT' }, shape: { shape: { dim } } };
    this.#inputs.push([name, shape]);
    return this.op('Placeholder', [], attr, name);
  }

  op(
    op: string,
    input: string[],
    attr: Record<string, Attribute> = {},
    name = `${op}_${this.#nodes.length}`,
  ): string {
    this.#nodes.push({ name, op, input, attr });
    return name;
  }

  #constant(shape: number[], values: Float32Array | Int32Array): string {
    const dtype = values instanceof Float32Array ? 'float32' : 'int32';
    const name = `const_${this.#nodes.length}`;
    this.#specs.push({ name, shape, dtype });
    this.#data.push(new Uint8Array(values.buffer));
    const type = dtype === 'float32' ? 'DT_FLOAT' : 'DT_INT32';
    return this.op('Const', [], { dtype: { type } }, name);
  }

  /** Random numbers, all positive where asked for. */
  weight(shape: number[], positive = false): string {
    const values = random(tf.util.sizeFromShape(shape), this.#nodes.length + 1);
    return this.#constant(shape, positive ? values.map((x) => 0.5 + Math.abs(x)) : values);
  }

  floats(values: number[], shape = [values.length]): string {
    return this.#constant(shape, new Float32Array(values));
  }

  ints(values: number[], shape = [values.length]): string {
    return this.#constant(shape, new Int32Array(values));
  }

  get artifacts() {
    const modelTopology = { node: this.#nodes, versions: { producer: 1 } };
    const weightData = new Uint8Array(Buffer.concat(this.#data));
    return { modelTopology, weightSpecs: this.#specs, weightData, format: 'graph-model' };
  }

  /** Tensors for the inputs: two of each. */
  feeds(): [string, tf.Tensor][] {
    return this.#inputs.map(([name, shape], i) => [
      name,
      randomTensor([2, ...shape.slice(1)], 50 + i),
    ]);
  }
}

/** Imports a graph and holds onnxruntime's outputs against what TensorFlow.js computes. @returns operators in order */
export async function expectGraph(
  graph: GraphWriter,
  options: ImportOptions = {},
): Promise<string[]> {
  const { artifacts } = graph;
  const weightData = artifacts.weightData.slice().buffer;
  const model = await tf.loadGraphModel({
    load: async () => ({ ...artifacts, weightData }) as tf.io.ModelArtifacts,
  });
  const feeds = graph.feeds();
  const expected = [model.predict(Object.fromEntries(feeds)) as tf.Tensor | tf.Tensor[]].flat();
  return inFolder(async (folder) => {
    const imported = await importTfjs(writeModel(folder, artifacts), options);
    const tensors = feeds.map(([, tensor]) => tensor);
    const actual = await runOnnx(imported.model, tensors);
    expect(actual.length).toBe(expected.length);
    expected.forEach((tensor, i) => {
      expect(difference(tensor, actual[i])).toBeLessThan(2e-6);
    });
    return imported.model.graph.nodes.map(({ opType }) => opType);
  });
}
