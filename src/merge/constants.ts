import {
  allGraphs,
  computedFrom,
  constantNodeTensor,
  extract,
  type Graph,
  isRandom,
  type Model,
  type Node,
  type Types,
  type Value,
} from '../ir/index.js';
import { isLinearOp } from '../linear/index.js';
import { runModel } from '../runtime/index.js';
import { Tensor } from '../tensor/index.js';
import { knownDims } from './concrete.js';
import { checkSizes } from './limits.js';

/**
 * Values of a model that do not depend on its inputs. What a constant subgraph computes is found by running it in
 * onnxruntime, once, for the constants that linear operators read.
 */
export class Constants {
  readonly #known = new Map<Value, boolean>();
  readonly #folded = new Map<Value, Tensor>();

  readonly #types: Types;

  private constructor(types: Types) {
    this.#types = types;
  }

  static async fold(model: Model, types: Types): Promise<Constants> {
    const constants = new Constants(types);
    const wanted = new Set<Value>();
    for (const graph of allGraphs(model.graph)) constants.#collect(graph, wanted);
    await constants.#run(model, [...wanted]);
    return constants;
  }

  /** True when a value could be computed without the model's inputs. */
  isConstant(value: Value): boolean {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    this.#decide(value);
    return this.#known.get(value) ?? false;
  }

  /** The data of a constant, null for a value that varies or could not be computed. */
  tensor(value: Value | null | undefined): Tensor | null {
    if (!value) return null;
    return this.#stored(value) ?? this.#folded.get(value) ?? null;
  }

  /**
   * Data that is there without computing: initializers, Constant nodes, lengths that inference knows for every input,
   * and any of them behind Identity.
   */
  #stored(value: Value): Tensor | null {
    let at: Value | null | undefined = value;
    for (let hops = 0; at && hops < 1000; hops++) {
      if (at.constant) return at.constant;
      const node: Node | null = at.producer;
      if (node?.is('Constant')) return constantNodeTensor(node);
      if (!node?.is('Identity')) break;
      at = node.inputs[0];
    }
    return at?.producer ? this.#knownIntegers(at) : null;
  }

  #knownIntegers(value: Value): Tensor | null {
    const type = this.#types.of(value);
    const numbers = knownDims(this.#types.integers(value));
    const dims = knownDims(type?.shape ?? null);
    if (type?.dtype !== 'int64' || !numbers || !dims) return null;
    return Tensor.fromNumbers('int64', dims, numbers);
  }

  /** Depth first without recursion: constant chains can be as long as a file wants. */
  #decide(value: Value): void {
    const stack = [value];
    for (let top = stack.at(-1); top; top = stack.at(-1)) {
      if (this.#known.has(top)) {
        stack.pop();
        continue;
      }
      const node = top.producer;
      const atHand = this.#stored(top) !== null;
      if (atHand || node === null || !isFoldable(node)) {
        this.#known.set(top, atHand);
        continue;
      }
      const inputs = computedFrom(node);
      const open = inputs.filter((input) => !this.#known.has(input));
      if (open.length > 0) {
        stack.push(...open);
        continue;
      }
      this.#known.set(
        top,
        inputs.every((input) => this.#known.get(input)),
      );
    }
  }

  #collect(graph: Graph, wanted: Set<Value>): void {
    for (const node of graph.nodes) {
      if (!isLinearOp(node) || node.results.every((result) => this.isConstant(result))) continue;
      for (const input of node.operands) {
        if (this.isConstant(input) && this.#stored(input) === null) wanted.add(input);
      }
    }
  }

  async #run(model: Model, wanted: readonly Value[]): Promise<void> {
    if (wanted.length === 0) return;
    try {
      await this.#runTogether(model, wanted);
    } catch {
      // One subgraph that onnxruntime cannot run must not hide the others.
      for (const value of wanted) {
        if (wanted.length > 1) await this.#runTogether(model, [value]).catch(() => undefined);
      }
    }
  }

  async #runTogether(model: Model, wanted: readonly Value[]): Promise<void> {
    const part = extract(model, {
      inputs: new Map(),
      outputs: wanted,
      constant: (v) => this.#stored(v),
      dtype: (v) => this.#types.of(v)?.dtype ?? null,
    });
    if (!part.ok || !checkSizes(part.value).ok) return;
    const results = await runModel(part.value, new Map());
    wanted.forEach((value, i) => {
      const tensor = results.get(part.value.graph.outputs[i]?.name ?? '');
      if (tensor) this.#folded.set(value, tensor);
    });
  }
}

function isFoldable(node: Node): boolean {
  return node.domain === '' && !isRandom(node) && node.subgraphs.length === 0;
}
