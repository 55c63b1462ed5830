import { inputError } from '../errors.js';
import { type Dim, inferTypes, type Model, onnxOpset, type Value } from '../ir/index.js';
import { filled } from './arithmetic.js';
import { Backward } from './backward.js';
import { TypedBuilder } from './builder.js';
import { type CopiedNode, ForwardCopy } from './forward.js';
import { differentiableValues, liveNodes } from './reach.js';

export interface DifferentiateOptions {
  /** What is differentiated: a value of the model with one element. */
  readonly loss: Value;
  /** Values to differentiate with respect to: graph inputs, or initializers among the variables. */
  readonly parameters: readonly Value[];
  /** Initializers that become graph inputs: parameters and running statistics. */
  readonly variables?: readonly Value[];
  /** Other values of the model that are wanted. */
  readonly outputs?: readonly Value[];
  /** Lengths by the name of a graph input, where the model leaves them open. */
  readonly inputShapes?: ReadonlyMap<string, readonly Dim[]>;
  /** Whether to use only operators that run on every device; else also those that are faster on the CPU. */
  readonly portable?: boolean;
}

/** A graph that computes a loss and its gradients; nothing is declared an output yet. */
export interface Differentiated {
  readonly builder: TypedBuilder;
  /** The copy of a value of the model. */
  value(source: Value): Value;
  /** Gradient of the loss by the model's own parameter, of the parameter's shape; null where it is always zero. */
  readonly gradients: ReadonlyMap<Value, Value | null>;
  /** Further graph inputs, to be filled with independent uniform numbers from [0, 1) before each run. */
  readonly noises: readonly Value[];
}

/** The oldest opset that gradients are written in. */
export const oldestOpset = 13;

/**
 * Copies the part of a model that computes its loss into a new graph, and adds the nodes that compute the gradients of
 * the loss (reverse mode). Every length must follow from the given shapes. The model stays as it is.
 * @throws ReparamError for an operator without gradient rule on the way, naming node and operator.
 */
export function differentiate(model: Model, options: DifferentiateOptions): Differentiated {
  const { loss, parameters, variables = [], outputs = [], inputShapes } = options;
  const opset = onnxOpset(model);
  if (opset < oldestOpset) {
    throw inputError(`the model is of opset ${opset}; gradients need ${oldestOpset} or later`, {
      hint: 'raise its opset first',
    });
  }
  const types = inferTypes(model, inputShapes ? { inputShapes } : {});
  const builder = new TypedBuilder(opset, options.portable);
  for (const [domain, version] of model.opsets)
    if (domain !== '') builder.domains.set(domain, version);
  const forward = new ForwardCopy(builder, types);
  const becomesInput = new Set(variables);
  for (const input of model.graph.inputs) {
    if (!input.constant || becomesInput.has(input)) forward.input(input);
  }
  for (const variable of variables) {
    if (!model.graph.inputs.includes(variable)) forward.input(variable);
  }
  const nodes = liveNodes(model, [loss, ...outputs]);
  const needs = differentiableValues(nodes, parameters, loss, types);
  const copies: CopiedNode[] = [];
  for (const node of nodes) {
    const copy = forward.node(node, needs);
    if (copy) copies.push(copy);
  }
  const backward = new Backward(builder, types);
  const start = forward.value(loss);
  backward.seed(start, filled(builder, builder.dims(start), 1, start));
  for (const copy of copies.toReversed()) backward.through(copy);
  const gradients = parameters.map(
    (parameter) => [parameter, backward.cotangent(forward.value(parameter))] as const,
  );
  return {
    builder,
    value: (source) => forward.value(source),
    gradients: new Map(gradients),
    noises: builder.noises,
  };
}
