import type { DataType } from '../../../tensor/index.js';
import { inOrder } from '../order.js';
import { Fields } from '../read/fields.js';
import type { Signal } from '../writer.js';

/** An input of a model: [batch, ...], null for open lengths. */
export interface InputShape {
  readonly name: string;
  readonly dtype: DataType;
  readonly shape: readonly (number | null)[];
}

/** A layer, or a model inside the model. */
export interface LayerSpec {
  readonly name: string;
  readonly className: string;
  readonly config: Fields;
  readonly spec: Fields;
}

/** Writes one use of a layer. @returns its outputs. */
export type CallLayer = (layer: LayerSpec, inputs: readonly Signal[]) => readonly Signal[];

/** A model of layers: how they are connected. */
export interface LayerNetwork {
  readonly name: string;
  /** @throws ReparamError for a model that was never given the shape of its inputs. */
  inputs(): readonly InputShape[];
  /** Names of the layers that the outputs come from. */
  readonly outputNames: readonly string[];
  run(inputs: readonly Signal[], call: CallLayer): readonly Signal[];
}

const modelClasses = ['Sequential', 'Functional', 'Model'];

export const isNetwork = ({ className }: LayerSpec): boolean => modelClasses.includes(className);

const types: Readonly<Record<string, DataType>> = {
  float32: 'float32',
  int32: 'int32',
  bool: 'bool',
};

function parseLayer(value: unknown, index: number, file: string): LayerSpec {
  const unnamed = new Fields(value, `layer ${index + 1}`, file);
  const className = unnamed.text('class_name');
  // The list of layers of a Sequential model may stand for its configuration.
  if (Array.isArray(unnamed.get('config'))) {
    const config = new Fields({ layers: unnamed.get('config') }, `model ${index + 1}`, file);
    return { name: unnamed.text('name', className), className, config, spec: unnamed };
  }
  const name = unnamed.text('name', unnamed.fields('config').text('name', className));
  const what = `layer '${name}' (${className})`;
  const spec = new Fields(value, what, file);
  return { name, className, config: spec.fields('config', what), spec };
}

function inputShape(name: string, config: Fields): InputShape | null {
  const given = config.get('batch_input_shape') ?? config.get('batch_shape');
  if (given === undefined) return null;
  const whole = (dim: unknown): boolean =>
    dim === null || (Number.isInteger(dim) && (dim as number) > 0);
  if (!Array.isArray(given) || given.length === 0 || !given.every(whole)) {
    throw config.fault(
      `has the input shape ${JSON.stringify(given)}, which is not a list of lengths`,
    );
  }
  const type = config.text('dtype', 'float32');
  const dtype = types[type];
  if (!dtype) throw config.fault(`takes inputs of type '${type}', which cannot be imported`);
  return { name, dtype, shape: given as (number | null)[] };
}

function sequential(model: LayerSpec, layers: readonly LayerSpec[]): LayerNetwork {
  const [first, last] = [layers[0], layers.at(-1)];
  if (!first || !last) throw model.config.fault('has no layers');
  const inputs = (): readonly InputShape[] => {
    if (isNetwork(first)) return parseNetwork(first).inputs();
    const named = first.className === 'InputLayer' ? first.name : `${first.name}_input`;
    const shape = inputShape(named, first.config);
    if (shape) return [shape];
    throw model.config.fault(
      "has no 'batch_input_shape': it was never built",
      'give the first layer an inputShape, or run the model once, and save it again',
    );
  };
  return {
    name: model.name,
    inputs,
    outputNames: [last.name],
    run: (given, call) => layers.reduce((signals, layer) => call(layer, signals), given),
  };
}

/** An output of one use of a layer: name, which use, and which of its outputs. */
interface Tap {
  readonly layer: string;
  readonly use: number;
  readonly output: number;
}

function parseTap(value: unknown, spec: Fields): Tap {
  const [layer, use = 0, output = 0] = Array.isArray(value) ? value : [];
  if (typeof layer === 'string' && Number.isInteger(use) && Number.isInteger(output)) {
    return { layer, use, output };
  }
  throw spec.fault(
    `is connected to ${JSON.stringify(value)?.slice(0, 60)}, which is no [layer, use, output]`,
    'models saved by Keras 3 are written in another form; save them with tf_keras or convert them to a graph model',
  );
}

/** One tap may stand for a list of one. */
const tapList = (value: readonly unknown[], spec: Fields): Tap[] =>
  typeof value[0] === 'string' ? [parseTap(value, spec)] : value.map((tap) => parseTap(tap, spec));

const keyOf = ({ layer, use }: Tap): string => JSON.stringify([layer, use]);

function functional(model: LayerSpec, layers: readonly LayerSpec[]): LayerNetwork {
  const { config } = model;
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const layerAt = (name: string): LayerSpec => {
    const layer = byName.get(name);
    if (layer) return layer;
    throw config.fault(`connects '${name}', which is none of its layers`);
  };
  const starts = tapList(config.list('input_layers'), config);
  const ends = tapList(config.list('output_layers'), config);
  const usesOf = ({ spec }: LayerSpec): Tap[][] =>
    spec.list('inbound_nodes', []).map((inbound) => {
      if (Array.isArray(inbound)) return tapList(inbound, spec);
      return [parseTap(inbound, spec)];
    });
  const taps = [...ends, ...layers.flatMap(usesOf).flat()];
  const sources = (layer: LayerSpec, use: number): Tap[] => {
    // Uses of a model inside the model are mostly counted from 1: its own making was use 0.
    const fromOne = isNetwork(layer) && !taps.some((tap) => tap.layer === layer.name && !tap.use);
    const inbound = usesOf(layer)[fromOne ? use - 1 : use];
    if (inbound) return inbound;
    throw layer.spec.fault(`is not connected for its use ${use + 1}`);
  };
  const inputs = (): InputShape[] =>
    starts.map(({ layer }) => {
      const shape = inputShape(layer, layerAt(layer).config);
      if (shape) return shape;
      throw layerAt(layer).config.fault("has no 'batch_input_shape'");
    });
  const run = (given: readonly Signal[], call: CallLayer): Signal[] => {
    if (given.length !== starts.length) {
      throw config.fault(`takes ${starts.length} inputs, but gets ${given.length}`);
    }
    const done = new Map(starts.map((tap, i) => [keyOf(tap), given.slice(i, i + 1)]));
    const before = (key: string): Tap[] => {
      const [name, use] = JSON.parse(key) as [string, number];
      return done.has(key) ? [] : sources(layerAt(name), use);
    };
    const tapped = (tap: Tap): Signal => {
      const signal = done.get(keyOf(tap))?.[tap.output];
      if (signal) return signal;
      throw layerAt(tap.layer).spec.fault(`has no output ${tap.output + 1}`);
    };
    const order = inOrder(
      ends.map(keyOf),
      (key) => before(key).map(keyOf),
      (key) => layerAt((JSON.parse(key) as [string])[0]).spec.fault('depends on itself'),
    );
    for (const key of order) {
      if (done.has(key)) continue;
      const [name] = JSON.parse(key) as [string];
      done.set(key, [...call(layerAt(name), before(key).map(tapped))]);
    }
    return ends.map(tapped);
  };
  return { name: model.name, inputs, outputNames: ends.map(({ layer }) => layer), run };
}

/** Reads how the layers of a model are connected. */
export function parseNetwork(model: LayerSpec): LayerNetwork {
  const { className, config } = model;
  const layers = config.list('layers').map((value, i) => parseLayer(value, i, config.file));
  return className === 'Sequential' ? sequential(model, layers) : functional(model, layers);
}

/** @param topology `modelTopology` of a Keras-style model */
export function parseTopology(topology: Fields): LayerNetwork {
  const wrapped = topology.get('model_config') !== undefined;
  const config = wrapped ? topology.fields('model_config') : topology;
  const raw = { class_name: config.get('class_name'), config: config.get('config') };
  const model = parseLayer(raw, 0, topology.file);
  if (isNetwork(model)) return parseNetwork(model);
  throw topology.fault(
    `describes a ${model.className}, which is no model of layers`,
    `models are ${modelClasses.join(', ')}`,
  );
}
