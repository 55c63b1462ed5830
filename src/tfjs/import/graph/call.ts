import type { Dim } from '../../../ir/index.js';
import { isConstant, type Operand } from '../operators/elementwise.js';
import type { Constant, NetworkWriter, Signal } from '../writer.js';
import type { Attributes } from './attributes.js';

/** Lengths that a graph computes to reshape by: numbers, or names of open ones. */
export interface Lengths {
  readonly lengths: readonly Dim[];
}

/** What a node gives: a tensor, a constant, or lengths. */
export type Result = Operand | Lengths;

const isLengths = (result: Result): result is Lengths => 'lengths' in result;

/** A node of a TensorFlow graph under way, with what it reads. */
export class NodeCall {
  readonly writer: NetworkWriter;
  readonly op: string;
  readonly attributes: Attributes;
  readonly inputs: readonly Result[];

  constructor(
    writer: NetworkWriter,
    op: string,
    attributes: Attributes,
    inputs: readonly Result[],
  ) {
    this.writer = writer;
    this.op = op;
    this.attributes = attributes;
    this.inputs = inputs;
  }

  /** @throws ReparamError where there is no such operand, or it is a computed shape. */
  operand(index: number): Operand {
    const input = this.inputs[index];
    if (input && !isLengths(input)) return input;
    const problem = input ? 'computes with a shape' : `lacks its operand ${index + 1}`;
    throw this.writer.fault(`(${this.op}) ${problem}, which cannot be imported`);
  }

  operands(): Operand[] {
    return this.inputs.map((_, i) => this.operand(i));
  }

  /** A constant becomes an initializer. */
  signal(index: number): Signal {
    const operand = this.operand(index);
    if (!isConstant(operand)) return operand;
    return { value: this.writer.constant(operand), channelsFirst: false };
  }

  /** @throws ReparamError for an operand that is computed when the model runs. */
  constant(index: number): Constant {
    const operand = this.operand(index);
    if (isConstant(operand)) return operand;
    throw this.writer.fault(
      `(${this.op}) has a computed operand ${index + 1}, where only a constant can be imported`,
    );
  }

  numbers(index: number): number[] {
    return [...this.constant(index).tensor.toNumbers()];
  }

  /** Whole numbers, of which some may be open lengths. */
  lengths(index: number): readonly Dim[] {
    const input = this.inputs[index];
    return input && isLengths(input) ? input.lengths : this.numbers(index);
  }

  /** True for NHWC, which is what TensorFlow takes where nothing is said. */
  get channelsLast(): boolean {
    return this.attributes.text('data_format', 'NHWC') !== 'NCHW';
  }
}

/** How some operators of TensorFlow are written in ONNX. */
export interface OpRule {
  readonly ops: readonly string[];
  write(call: NodeCall): Result;
}
