import type { Tensor } from '../tensor/index.js';
import type { Attribute } from './attribute.js';
import type { Graph } from './graph.js';
import type { Value } from './value.js';

export interface NodeOptions {
  readonly name?: string;
  /** '' is the ONNX operator set. */
  readonly domain?: string;
  readonly overload?: string;
  readonly attributes?: Iterable<readonly [string, Attribute]>;
}

/** One operator call. Inputs and outputs that are left out (ONNX's empty name) are null. */
export class Node {
  name: string;
  readonly opType: string;
  readonly domain: string;
  readonly overload: string;
  readonly attributes: Map<string, Attribute>;
  readonly outputs: readonly (Value | null)[];
  #inputs: (Value | null)[];

  constructor(
    opType: string,
    inputs: readonly (Value | null)[],
    outputs: readonly (Value | null)[],
    options: NodeOptions = {},
  ) {
    this.opType = opType;
    this.domain = options.domain === 'ai.onnx' ? '' : (options.domain ?? '');
    this.overload = options.overload ?? '';
    this.name = options.name ?? '';
    this.attributes = new Map(options.attributes ?? []);
    this.outputs = outputs;
    this.#inputs = [...inputs];
    for (const output of outputs) if (output) output.producer = this;
    for (const input of inputs) input?.users.add(this);
  }

  get inputs(): readonly (Value | null)[] {
    return this.#inputs;
  }

  setInput(index: number, value: Value | null): void {
    const old = this.#inputs[index];
    this.#inputs[index] = value;
    if (old && !this.#inputs.includes(old)) old.users.delete(this);
    value?.users.add(this);
  }

  /** Lets go of every input: what is left is an unused node. */
  detach(): void {
    for (const input of this.#inputs) input?.users.delete(this);
    this.#inputs = this.#inputs.map(() => null);
  }

  /** Values that this node reads, those read inside its subgraphs not included. */
  get operands(): Value[] {
    return this.#inputs.filter((input) => input !== null);
  }

  /** Outputs that have a name. */
  get results(): Value[] {
    return this.outputs.filter((output) => output !== null);
  }

  /** How messages name this node. */
  get label(): string {
    const name = this.name || this.results[0]?.name || '';
    return name ? `${this.opType} '${name}'` : this.opType;
  }

  /** True for an operator of the ONNX set, custom domains excluded. */
  is(...opTypes: string[]): boolean {
    return this.domain === '' && opTypes.includes(this.opType);
  }

  int(name: string, fallback: number): number {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'int' ? attribute.value : fallback;
  }

  float(name: string, fallback: number): number {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'float' ? attribute.value : fallback;
  }

  string(name: string, fallback: string): string {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'string' ? attribute.value : fallback;
  }

  ints(name: string): readonly number[] | null {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'ints' ? attribute.value : null;
  }

  tensor(name: string): Tensor | null {
    const attribute = this.attributes.get(name);
    return attribute?.kind === 'tensor' ? attribute.value : null;
  }

  /** Graphs held as attributes (If, Loop, Scan). */
  get subgraphs(): Graph[] {
    const graphs: Graph[] = [];
    for (const attribute of this.attributes.values()) {
      if (attribute.kind === 'graph') graphs.push(attribute.value);
      else if (attribute.kind === 'graphs') graphs.push(...attribute.value);
    }
    return graphs;
  }
}
