import { inputError, internalError } from '../errors.js';
import type { Types, Value } from '../ir/index.js';
import { total } from './arithmetic.js';
import type { TypedBuilder } from './builder.js';
import type { CopiedNode } from './forward.js';
import { ruleOf } from './ops/index.js';
import { VjpView } from './view.js';

/** The gradients of one number with respect to values of the same graph, found by going back node by node. */
export class Backward {
  readonly #builder: TypedBuilder;
  readonly #types: Types;
  readonly #parts = new Map<Value, [Value, ...Value[]]>();

  /** @param types of the model that the nodes were copied from */
  constructor(builder: TypedBuilder, types: Types) {
    this.#builder = builder;
    this.#types = types;
  }

  /** Adds to the cotangent of a value. */
  seed(value: Value, cotangent: Value): void {
    const parts = this.#parts.get(value);
    if (parts) parts.push(cotangent);
    else this.#parts.set(value, [cotangent]);
  }

  /** The cotangent of a value once all its readers have been gone through; null when it is zero. */
  cotangent(value: Value): Value | null {
    const parts = this.#parts.get(value);
    if (!parts) return null;
    const sum = total(this.#builder, parts);
    this.#parts.set(value, [sum]);
    return sum;
  }

  /** Goes back through a node, after all nodes that read its results. */
  through({ view, outputs, saved }: CopiedNode): void {
    if (!view.needs.includes(true)) return;
    const { node } = view;
    this.#builder.within(`${node.name || node.opType}/gradient`, () => {
      const cotangents = outputs.map((output) => output && this.cotangent(output));
      if (cotangents.every((cotangent) => cotangent === null)) return;
      const rule = ruleOf(node);
      if (!rule) throw noRule(node.label, node.opType);
      const results = rule.vjp(new VjpView(view, this.#types, outputs, cotangents, saved));
      view.inputs.forEach((input, i) => {
        const result = results[i];
        if (input && result && view.needs[i]) this.#accept(node.label, input, result);
      });
    });
  }

  #accept(label: string, input: Value, result: Value): void {
    const [expected, found] = [this.#builder.dims(input), this.#builder.dims(result)];
    if (expected.join() !== found.join()) {
      throw internalError(`the gradient of ${label} has shape [${found}] for [${expected}]`);
    }
    this.seed(input, result);
  }
}

const noRule = (label: string, opType: string) =>
  inputError(`${label} cannot be trained through: ${opType} has no gradient rule`, {
    at: label,
    hint: 'freeze what lies before it with --freeze PATTERN, so that no gradient has to pass',
  });
