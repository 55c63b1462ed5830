import { TypedBuilder, times } from '../../autodiff/index.js';
import { uniform } from '../../autodiff/ops/random/uniform.js';
import { isKnown, type Model, Node, onnxOpset, type Types, type Value } from '../../ir/index.js';
import { dataTypes } from '../../tensor/index.js';
import type { Program } from './program.js';

/** Masks of dropout as a program of their own. */
export interface Masks extends Program {
  /** Graph inputs for independent uniform numbers from [0, 1), in the order in which all engines draw them. */
  readonly noises: readonly Value[];
  /** What computes each new input of the model. */
  readonly results: ReadonlyMap<Value, Value>;
  /** Lengths of a value of the program. */
  dims(value: Value): readonly number[];
}

/** The share of elements that a Dropout which is switched on makes zero. */
function droppedShare(node: Node, types: Types): number {
  const [, ratio, training] = node.inputs;
  const isOn = training ? types.elements(training)?.[0] : 0;
  return isOn ? Number((ratio && types.elements(ratio)?.[0]) ?? 0.5) : 0;
}

/**
 * Replaces each Dropout that drops by a product with a new graph input, its mask: `1 / (1 − ratio)` or 0. Masks follow from
 * the same random numbers as in the step graph of ONNX, so that both engines drop the same elements.
 * @param nodes those that run @param types of the model's values
 */
export function takeOutMasks(model: Model, nodes: readonly Node[], types: Types): Masks {
  const { graph } = model;
  const b = new TypedBuilder(onnxOpset(model));
  const results = new Map<Value, Value>();
  for (const node of nodes) {
    const ratio = node.is('Dropout') ? droppedShare(node, types) : 0;
    const [x] = node.inputs;
    const shape = x && types.of(x)?.shape;
    if (ratio === 0 || !x || !shape || !isKnown(shape)) continue;
    const noise = uniform(b, shape, `${node.name || node.outputs[0]?.name}.noise`);
    const keeps = b.op('Less', [noise, b.scalar(1 - ratio, noise)]);
    const kept = b.op('Cast', [keeps], { to: dataTypes.float32.code });
    const mask = graph.newInput('mask', { dtype: 'float32', shape });
    results.set(mask, ratio < 1 ? times(b, kept, 1 / (1 - ratio)) : kept);
    const [output] = node.outputs;
    const product = new Node('Mul', [x, mask], [output ?? null], { name: node.name });
    graph.rewrite(new Set([node]), new Map([[node, [product]]]));
  }
  return {
    nodes: b.graph.nodes,
    types: b.types,
    noises: b.noises,
    results,
    dims: (v) => b.dims(v),
  };
}
