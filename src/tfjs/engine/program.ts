import { inputError } from '../../errors.js';
import { constantNodeTensor, isKnown, type Node, type Types, type Value } from '../../ir/index.js';
import { type DataType, dataTypes, Tensor } from '../../tensor/index.js';
import { Call } from './call.js';
import { ruleOf } from './ops/index.js';
import type { Tf, TfTensor } from './tf.js';

/** A part of an ONNX graph that TensorFlow.js runs. */
export interface Program {
  /** In an order in which they can run. */
  readonly nodes: readonly Node[];
  /** All lengths known. */
  readonly types: Types;
}

/** A tensor whose elements are known before the model runs. */
function knownTensor({ types }: Program, value: Value): Tensor | null {
  if (value.constant) return value.constant;
  if (value.producer?.is('Constant')) return constantNodeTensor(value.producer);
  const [type, elements] = [types.of(value), types.integers(value)];
  if (!type?.shape || !isKnown(type.shape) || !elements || !isKnown(elements)) return null;
  return Tensor.fromNumbers(type.dtype, type.shape, elements);
}

/** Nodes that compute something: the others' results are known already. */
const runs = (program: Program, node: Node): boolean =>
  node.results.some((result) => knownTensor(program, result) === null);

/** @throws ReparamError for a node that TensorFlow.js cannot run here, naming it. */
export function checkProgram(program: Program): void {
  for (const node of program.nodes.filter((each) => runs(program, each))) {
    if (!ruleOf(node)) {
      throw inputError(
        `${node.label} cannot run in the engine tfjs: it has no rule for ${node.opType}`,
        {
          at: node.label,
          hint: 'train with --engine onnxruntime',
        },
      );
    }
    for (const value of node.results) checkType(node, program.types.of(value)?.dtype);
  }
}

function checkType(node: Node, dtype: DataType | undefined): void {
  if (dtype === undefined || dtype === 'float32' || dataTypes[dtype].kind !== 'float') return;
  throw inputError(`${node.label} computes in ${dtype}, and the engine tfjs in float32 alone`, {
    at: node.label,
    hint: 'train with --engine onnxruntime',
  });
}

/** The same numbers in TensorFlow.js, which has integers of 32 bits. */
export function toTf(tf: Tf, tensor: Tensor): TfTensor {
  const { dtype, dims } = tensor;
  const shape = [...dims];
  if (dtype === 'float32') return tf.tensor(Float32Array.from(tensor.toFloats()), shape, 'float32');
  if (dtype === 'bool') return tf.tensor(Uint8Array.from(tensor.toNumbers()), shape, 'bool');
  const whole = dataTypes[dtype].kind === 'int';
  return whole
    ? tf.tensor(Int32Array.from(tensor.toNumbers()), shape, 'int32')
    : tf.tensor(Float32Array.from(tensor.toNumbers()), shape, 'float32');
}

/** Runs a program, and keeps its constants from run to run. */
export class Runner {
  readonly #tf: Tf;
  readonly #program: Program;
  readonly #nodes: readonly Node[];
  readonly #constants = new Map<Value, TfTensor>();

  constructor(tf: Tf, program: Program) {
    this.#tf = tf;
    this.#program = program;
    this.#nodes = program.nodes.filter((node) => runs(program, node));
  }

  /**
   * @param feeds graph inputs, and whatever else is given instead of being computed
   * @param onNode sees the results of each node
   * @returns reads any value of the graph
   */
  run(
    feeds: ReadonlyMap<Value, TfTensor>,
    onNode: (node: Node, results: readonly (TfTensor | null)[]) => void = () => undefined,
  ): (value: Value) => TfTensor {
    const values = new Map(feeds);
    const read = (value: Value): TfTensor => values.get(value) ?? this.#constant(value);
    for (const node of this.#nodes) {
      if (node.results.every((result) => values.has(result))) continue;
      const inputs = node.inputs.map((input) => input && read(input));
      const call = new Call(this.#tf, node, inputs, this.#program.types);
      const computed = ruleOf(node)?.run(call) ?? call.refuse(`is a ${node.opType}`);
      const results = Array.isArray(computed) ? computed : [computed as TfTensor];
      node.outputs.forEach((output, i) => {
        const result = results[i];
        if (output && result && !values.has(output)) values.set(output, result);
      });
      onNode(node, results);
    }
    return read;
  }

  release(): void {
    for (const tensor of this.#constants.values()) tensor.dispose();
    this.#constants.clear();
  }

  #constant(value: Value): TfTensor {
    const kept = this.#constants.get(value);
    if (kept) return kept;
    const tensor = knownTensor(this.#program, value);
    if (!tensor) throw inputError(`'${value.name}' is used before anything computes it`);
    const made = this.#tf.keep(toTf(this.#tf, tensor));
    this.#constants.set(value, made);
    return made;
  }
}
