import { type Node, nodeMacs, type Types, type Value } from '../ir/index.js';
import {
  type AffineMap,
  finestGroup,
  readsLastAxis,
  withoutNegativePads,
} from '../linear/index.js';
import { elementBytes, elementCount, isFloat } from '../tensor/index.js';
import type { Constants } from './constants.js';

/** What a part of a graph costs to run and to keep. */
export interface Cost {
  /** Multiply-accumulates, and one operation an element for everything that only passes over its input. */
  readonly operations: number;
  /** Bytes of the constants it reads; computed ones count as computed. */
  readonly bytes: number;
  readonly nodes: number;
}

export type Objective = 'macs' | 'size' | 'nodes';

export const zeroCost: Cost = { operations: 0, bytes: 0, nodes: 0 };

export const addCosts = (a: Cost, b: Cost): Cost => ({
  operations: a.operations + b.operations,
  bytes: a.bytes + b.bytes,
  nodes: a.nodes + b.nodes,
});

export const subtractCosts = (a: Cost, b: Cost): Cost => ({
  operations: a.operations - b.operations,
  bytes: a.bytes - b.bytes,
  nodes: a.nodes - b.nodes,
});

/** Positive when `a` saves more than `b`. */
export function compareSavings(a: Cost, b: Cost, objective: Objective): number {
  const order: (keyof Cost)[] =
    objective === 'macs'
      ? ['operations', 'bytes', 'nodes']
      : objective === 'size'
        ? ['bytes', 'operations', 'nodes']
        : ['nodes', 'operations', 'bytes'];
  for (const key of order) if (a[key] !== b[key]) return a[key] - b[key];
  return 0;
}

/** The share of bytes by which biases may make up for the constants that they replace. */
const biasAllowance = 0.02;

/** By default neither the work nor the size may grow; asking for another objective lets them pay for it. */
export function isWorthwhile(before: Cost, after: Cost, objective: Objective): boolean {
  const grows =
    after.operations > before.operations || after.bytes > before.bytes * (1 + biasAllowance);
  if (objective === 'macs' && grows) return false;
  return compareSavings(subtractCosts(before, after), zeroCost, objective) > 0;
}

/** Operators that touch no element. */
const freeOps = new Set(['Identity', 'Reshape', 'Flatten', 'Squeeze', 'Unsqueeze', 'Dropout']);

/** Nodes that a map takes: its operator, a bias that MatMul cannot add, and what restores the shape. */
function nodesOf(map: AffineMap): number {
  if (map.layout === 'flat') return 3;
  return 1 + (readsLastAxis(map) && map.biased ? 1 : 0) + (map.frame ? 1 : 0);
}

/** Counts costs with the shapes of one nominal input. */
export class CostModel {
  readonly #types: Types;
  readonly #constants: Constants;

  /** @param types shapes in which every length is a number, as far as they are known */
  constructor(types: Types, constants: Constants) {
    this.#types = types;
    this.#constants = constants;
  }

  /**
   * Cost of nodes that would all go.
   * @param stays constants that something else keeps, so that no byte of them is saved
   */
  ofNodes(nodes: ReadonlySet<Node>, stays: (constant: Value) => boolean = () => false): Cost {
    let operations = 0;
    let bytes = 0;
    let count = 0;
    for (const node of nodes) {
      const constant = node.results.every((result) => this.#constants.isConstant(result));
      if (constant) {
        if (!node.is('Constant', 'Identity')) count++;
        continue;
      }
      count++;
      operations += this.#operations(node);
      for (const input of new Set(node.operands)) {
        if (this.#constants.isConstant(input) && !stays(input)) bytes += this.#bytes(input);
      }
    }
    return { operations, bytes, nodes: count };
  }

  /** Cost of adding up values of the shape of `value`. */
  ofAdditions(value: Value, count: number): Cost {
    return { operations: count * elementCount(this.#dims(value)), bytes: 0, nodes: count };
  }

  /** Cost of one convolution or matrix that does what `map` says. */
  ofMap(map: AffineMap, source: Value, output: Value): Cost {
    const taps = map.axes.reduce((product, w) => product * withoutNegativePads(w).size, 1);
    const dense = map.axes.length === 0 && map.layout !== 'flat';
    const group = dense ? 1 : finestGroup(map.reach, map.inputs);
    const weights = ((map.outputs * map.inputs) / group) * taps;
    const fromSource = map.transposed || map.layout === 'flat';
    const shape = this.#dims(fromSource ? source : output);
    const channels = fromSource ? map.inputs : map.outputs;
    const positions = elementCount(shape) / channels;
    const width = elementBytes(this.#types.of(output)?.dtype ?? 'float32');
    return {
      operations: weights * positions,
      bytes: width * (weights + (map.biased ? map.outputs : 0)),
      nodes: nodesOf(map),
    };
  }

  #operations(node: Node): number {
    if (freeOps.has(node.opType)) return 0;
    const macs = nodeMacs(node, this.#types);
    if (macs) return macs;
    const output = node.results[0];
    const type = output && this.#types.of(output);
    if (!output || !type || !isFloat(type.dtype)) return 0;
    const elements = elementCount(this.#dims(output));
    return elements * elementCount(node.is('AveragePool') ? (node.ints('kernel_shape') ?? []) : []);
  }

  #bytes(value: Value): number {
    const type = this.#types.of(value);
    if (!type || !isFloat(type.dtype)) return 0;
    return elementCount(this.#dims(value)) * elementBytes(type.dtype);
  }

  /** Lengths of a value; unknown ones count as 1, which keeps ratios within one resolution. */
  #dims(value: Value): readonly number[] {
    const shape = this.#constants.tensor(value)?.dims ?? this.#types.of(value)?.shape ?? [];
    return shape.map((dim) => (typeof dim === 'number' ? dim : 1));
  }
}
