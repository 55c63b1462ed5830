import { oldestOpset, raiseOpset } from '../../autodiff/index.js';
import { inputError } from '../../errors.js';
import {
  float,
  inferTypes,
  int,
  type Model,
  Node,
  namePatterns,
  onnxOpset,
  requireMatches,
  Value,
} from '../../ir/index.js';
import { copyModel } from '../../onnx/index.js';
import { Tensor } from '../../tensor/index.js';
import { findParameters } from './parameters.js';

export interface TrainingFormOptions {
  /** Parameters that stay as they are, by name pattern. */
  readonly freeze?: readonly string[];
  /** If given, only these parameters are trained. */
  readonly trainOnly?: readonly string[];
  /** How much the batch's statistics count in the running ones; what the model says (0.1 in most) by default. */
  readonly batchNormMomentum?: number;
}

/** Running statistics: what an initializer is replaced with after each step. */
export interface RunningStatistic {
  readonly value: Value;
  readonly next: Value;
}

/** A copy of a model in which batch norms use the statistics of the batch and dropout drops. */
export interface TrainingForm {
  readonly model: Model;
  readonly parameters: readonly Value[];
  readonly statistics: readonly RunningStatistic[];
  /** What a user must know of it, as sentences. */
  readonly notes: readonly string[];
}

/**
 * Copies a model as it is exported for inference into the form in which it is trained.
 * @throws ReparamError when a pattern matches no parameter, or nothing is left to train.
 */
export function trainingForm(source: Model, options: TrainingFormOptions = {}): TrainingForm {
  const model = copyModel(source);
  if (onnxOpset(model) < oldestOpset) raiseOpset(model);
  const { freeze = [], trainOnly = [] } = options;
  const candidates = findParameters(model, inferTypes(model));
  requireMatches(
    [...freeze, ...trainOnly],
    candidates.map(({ name }) => [name]),
    'parameter',
  );
  const [isFrozen, isChosen] = [namePatterns(freeze), namePatterns(trainOnly)];
  const parameters = candidates.filter(
    ({ name }) => !isFrozen(name) && (trainOnly.length === 0 || isChosen(name)),
  );
  const trained = new Set(parameters);
  const moved = new Map<Value, Value>();
  for (const node of [...model.graph.nodes]) {
    if (node.is('BatchNormalization')) trainNorm(model, node, trained, options, moved);
    if (node.is('Dropout')) switchOn(model, node);
  }
  if (parameters.length === 0) {
    throw inputError('no parameter is left to train', {
      hint: candidates.length > 0 ? 'freeze fewer of them' : 'the model has no weights of its own',
    });
  }
  const statistics = [...moved].map(([value, next]) => ({ value, next }));
  const notes = hasConvs(model) && statistics.length === 0 ? [noNorms] : [];
  return { model, parameters, statistics, notes };
}

const noNorms =
  'no BatchNormalization is trained: the exporter folded them into the convolutions, or they are frozen';

const hasConvs = (model: Model): boolean => model.graph.nodes.some((node) => node.is('Conv'));

/** Makes Dropout drop: its third operand says that the model is trained. */
function switchOn({ graph }: Model, node: Node): void {
  const [data, ratio] = node.inputs;
  if (!data) return;
  const training = graph.addInitializer('training', Tensor.scalar('bool', 1));
  const replacement = new Node('Dropout', [data, ratio ?? null, training], node.outputs, {
    name: node.name,
    attributes: node.attributes,
  });
  graph.rewrite(new Set([node]), new Map([[node, [replacement]]]));
}

/**
 * Replaces an inference BatchNormalization, unless its parameters are frozen: then its statistics are too.
 * @param moved running statistics and what they are after the nodes so far: a layer that is called twice moves them twice
 */
function trainNorm(
  model: Model,
  node: Node,
  trained: ReadonlySet<Value>,
  { batchNormMomentum }: TrainingFormOptions,
  moved: Map<Value, Value>,
): void {
  const [, scale, bias, mean, variance] = node.inputs;
  const [result] = node.outputs;
  if (!result || !mean?.constant || !variance?.constant) return;
  if (!scale || !bias || !(trained.has(scale) || trained.has(bias))) return;
  const { graph } = model;
  const next = [mean, variance].map(({ name }) => new Value(graph.uniqueName(`${name}.next`)));
  const attributes = new Map(node.attributes);
  attributes.set('training_mode', int(1));
  if (batchNormMomentum !== undefined) attributes.set('momentum', float(1 - batchNormMomentum));
  const before = [mean, variance].map((value) => moved.get(value) ?? value);
  const inputs = [...node.inputs.slice(0, 3), ...before];
  const replacement = new Node('BatchNormalization', inputs, [result, ...next], {
    name: node.name,
    attributes,
  });
  graph.rewrite(new Set([node]), new Map([[node, [replacement]]]));
  for (const [i, value] of [mean, variance].entries()) moved.set(value, next[i] as Value);
}
