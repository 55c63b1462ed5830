import { inputError } from '../../errors.js';
import { isKnown, type Node, type Types } from '../../ir/index.js';
import type { Tf, TfTensor } from './tf.js';

/** A node that is being computed, as a rule sees it. Images are `[N, C, H, W]`, as ONNX has them. */
export class Call {
  readonly tf: Tf;
  readonly node: Node;
  /** Operands, null where one is left out. */
  readonly inputs: readonly (TfTensor | null)[];
  readonly #types: Types;

  constructor(tf: Tf, node: Node, inputs: readonly (TfTensor | null)[], types: Types) {
    this.tf = tf;
    this.node = node;
    this.inputs = inputs;
    this.#types = types;
  }

  /** An operand that must be there. @throws ReparamError when it is not. */
  input(index: number): TfTensor {
    return this.inputs[index] ?? this.refuse(`lacks its operand number ${index + 1}`);
  }

  /** All operands that are there. */
  get operands(): TfTensor[] {
    return this.inputs.filter((input) => input !== null);
  }

  /** Lengths that a result has. */
  resultDims(index = 0): readonly number[] {
    const result = this.node.outputs[index];
    const shape = result && this.#types.of(result)?.shape;
    return shape && isKnown(shape) ? shape : this.refuse('has a result of unknown shape');
  }

  /** Elements of a small operand that is known before the model runs, null when it is left out. */
  numbers(index: number): readonly number[] | null {
    const value = this.node.inputs[index];
    if (!value) return null;
    const known = this.#types.elements(value);
    return known && isKnown(known)
      ? known
      : this.refuse(`takes '${value.name}', which is not known before the model runs`);
  }

  /** A list that is an attribute in some opsets and an operand in others. */
  list(attribute: string, index: number): readonly number[] | null {
    return this.node.ints(attribute) ?? this.numbers(index);
  }

  /** The attribute `axis`, counted from the front of the first operand. */
  axis(otherwise: number): number {
    return this.fromFront(this.node.int('axis', otherwise));
  }

  /** An axis of the first operand, counted from the front. */
  fromFront(axis: number): number {
    return axis < 0 ? axis + this.input(0).rank : axis;
  }

  /** @param what goes on from the name of the node */
  refuse(what: string): never {
    const { label } = this.node;
    throw inputError(`${label} ${what}, which the engine tfjs does not run`, {
      at: label,
      hint: 'train with --engine onnxruntime',
    });
  }
}

/** How TensorFlow.js computes some operators. It differentiates what is done here by itself. */
export interface TfRule {
  readonly opTypes: readonly string[];
  /** @returns the results, null for those that nobody may read; one by itself where there are no others */
  run(call: Call): TfTensor | readonly (TfTensor | null)[];
}

/** An operator with one result. */
export const rule = (opType: string, run: (call: Call) => TfTensor): TfRule => ({
  opTypes: [opType],
  run,
});
