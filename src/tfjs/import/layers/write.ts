import type { Tensor } from '../../../tensor/index.js';
import type { ModelFile } from '../read/model-file.js';
import { type ImportedGraph, NetworkWriter, type Signal } from '../writer.js';
import type { LayerCall, LayerRule } from './call.js';
import { layerRules } from './index.js';
import { isNetwork, type LayerSpec, parseNetwork, parseTopology } from './network.js';
import { findWeight } from './weights.js';

const rules = new Map<string, LayerRule>(
  layerRules.flatMap((rule) => rule.classNames.map((name) => [name, rule] as const)),
);

function ruleFor({ className, spec }: LayerSpec): LayerRule {
  const rule = rules.get(className);
  if (rule) return rule;
  throw spec.fault(
    'is of a class that cannot be imported',
    `layers are ${[...rules.keys()].sort().join(', ')}`,
  );
}

class LayerImport {
  readonly #writer: NetworkWriter;
  readonly #tensors: ReadonlyMap<string, Tensor>;

  constructor(writer: NetworkWriter, tensors: ReadonlyMap<string, Tensor>) {
    this.#writer = writer;
    this.#tensors = tensors;
  }

  /** @param path names of the models that enclose the layer */
  call(layer: LayerSpec, inputs: readonly Signal[], path: readonly string[]): readonly Signal[] {
    const here = [...path, layer.name];
    if (isNetwork(layer)) {
      return parseNetwork(layer).run(inputs, (inner, given) => this.call(inner, given, here));
    }
    this.#writer.scope = here.join('/');
    return [ruleFor(layer).write(this.#layerCall(layer, inputs, here))];
  }

  #layerCall({ config }: LayerSpec, inputs: readonly Signal[], path: readonly string[]): LayerCall {
    const tensors = this.#tensors;
    return {
      writer: this.#writer,
      config,
      inputs,
      get input() {
        const [input] = inputs;
        if (input && inputs.length === 1) return input;
        throw config.fault(`takes one input, but gets ${inputs.length}`);
      },
      weight(name) {
        const found = findWeight(tensors, path, name);
        if (found) return found;
        throw config.fault(
          `needs the weight '${path.at(-1)}/${name}', which weightsManifest does not list`,
          'save the model again with all of its weights',
        );
      },
    };
  }
}

/** Writes a Keras-style model of layers. @param first whether images are [N, C, H, W] at the inputs and outputs */
export function importLayers(file: ModelFile, first: boolean): ImportedGraph {
  const network = parseTopology(file.topology);
  const writer = new NetworkWriter(network.name, file.path);
  const layers = new LayerImport(writer, file.weights.tensors);
  const specs = network.inputs();
  const inputs = specs.map(({ name, dtype, shape }) => writer.input(name, dtype, shape, first));
  const outputs = network.run(inputs, (layer, given) => layers.call(layer, given, []));
  const outputNames = outputs.map((signal, i) =>
    writer.output(network.outputNames[i] ?? `output_${i}`, signal, first),
  );
  const inputNames = specs.map(({ name }) => name);
  return { writer, inputNames, outputNames, outputSources: network.outputNames };
}
