import { TypedBuilder } from '../../autodiff/index.js';
import { differentiableValues, liveNodes } from '../../autodiff/reach.js';
import { internalError } from '../../errors.js';
import { inferTypes, type Model, onnxOpset, type Types, type Value } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';
import { addUpdates } from '../../train/step/build.js';
import type { FeedInput, KeptTensor, ScalarInput, StepOptions } from '../../train/step/index.js';
import { type Subject, subjectOf } from '../../train/step/subject.js';
import { UpdateBuilder } from '../../train/step/update.js';
import { type Masks, takeOutMasks } from './masks.js';
import { checkProgram, type Program } from './program.js';

/** The model in training form with its loss, as it is. */
export interface Forward extends Program {
  readonly images: Value;
  readonly targets: Value;
  readonly loss: Value;
  readonly outputs: Value;
  /** Parameters that the loss is differentiated by. */
  readonly parameters: readonly Value[];
  /** The others and running statistics: what of the state is read beside them. */
  readonly others: readonly Value[];
  /** What running statistics are after the step, by their name. */
  readonly statistics: ReadonlyMap<string, Value>;
}

/** What the optimizer makes of gradients. */
export interface UpdateProgram extends Program {
  /** Its inputs for the state and for what the host feeds, by name. */
  readonly inputs: ReadonlyMap<string, Value>;
  /** Its inputs for gradients, by the name of the parameter. */
  readonly gradients: ReadonlyMap<string, Value>;
  /** What the state is after the step, by name. */
  readonly next: ReadonlyMap<string, Value>;
}

/** A training step in three programs; only the gradients between the last two are TensorFlow.js's own affair. */
export interface Plan {
  readonly masks: Masks;
  readonly forward: Forward;
  readonly update: UpdateProgram;
  readonly images: FeedInput;
  readonly targets: FeedInput;
  readonly scalars: readonly ScalarInput[];
  readonly noises: readonly FeedInput[];
  readonly state: readonly KeptTensor[];
  readonly batches: number;
  readonly notes: readonly string[];
}

const typesOf = ({ form, images, head }: Subject): Types =>
  inferTypes(form.model, {
    inputShapes: new Map([
      [images.value.name, images.dims],
      [head.targets.name, head.targets.type?.shape ?? []],
    ]),
  });

/**
 * Plans a step for TensorFlow.js.
 * @throws ReparamError for a model that cannot be trained, and for operators that the engine has no rule for.
 */
export function planStep(source: Model, options: StepOptions): Plan {
  const { accumulate: batches = 1 } = options;
  if (!(Number.isInteger(batches) && batches > 0)) {
    throw internalError(`${batches} batches cannot make an update`);
  }
  const subject = subjectOf(source, options);
  const { form, images, head } = subject;
  const ends = [head.loss, head.outputs, ...form.statistics.map(({ next }) => next)];
  const masks = takeOutMasks(form.model, liveNodes(form.model, ends), typesOf(subject));
  const types = typesOf(subject);
  const nodes = liveNodes(form.model, ends);
  const needs = differentiableValues(nodes, form.parameters, head.loss, types);
  const statistics = form.statistics.map(({ value }) => value);
  const forward: Forward = {
    ...{ nodes, types, images: images.value, targets: head.targets },
    ...{ loss: head.loss, outputs: head.outputs },
    parameters: form.parameters.filter((parameter) => needs.has(parameter)),
    others: [...form.parameters.filter((parameter) => !needs.has(parameter)), ...statistics],
    statistics: new Map(form.statistics.map(({ value, next }) => [value.name, next])),
  };
  const { update, context } = planUpdate(subject, needs, options);
  for (const program of [masks, forward, update]) checkProgram(program);
  const moving = statistics.map(({ name, constant }): KeptTensor => {
    return { name, kind: 'statistic', initial: constant as Tensor };
  });
  return {
    ...{ masks, forward, update, batches, notes: form.notes },
    images: { name: images.value.name, dims: images.dims },
    targets: { name: head.targets.name, dims: (head.targets.type?.shape ?? []) as number[] },
    scalars: context.scalars,
    noises: masks.noises.map((noise) => ({ name: noise.name, dims: masks.dims(noise) })),
    state: [...context.state, ...moving],
  };
}

/** The optimizer's own nodes, with gradients as inputs. */
function planUpdate(
  subject: Subject,
  needs: ReadonlySet<Value>,
  options: StepOptions,
): { update: UpdateProgram; context: UpdateBuilder } {
  const { model, parameters } = subject.form;
  const b = new TypedBuilder(onnxOpset(model));
  const dimsOf = (parameter: Value): readonly number[] => parameter.constant?.dims ?? [];
  const weights = new Map(parameters.map((p) => [p, b.input(p.name, dimsOf(p))]));
  const gradients = new Map(
    parameters.map((p) => [p, needs.has(p) ? b.input(`${p.name}/gradient`, dimsOf(p)) : null]),
  );
  const context = new UpdateBuilder(b);
  const value = (parameter: Value): Value => weights.get(parameter) as Value;
  addUpdates(subject, { builder: b, value, gradients }, context, options);
  const outputs = new Map(b.graph.outputs.map((output) => [output.name, output]));
  const update = {
    nodes: b.graph.nodes,
    types: b.types,
    inputs: new Map(b.graph.inputs.map((input) => [input.name, input])),
    gradients: new Map(
      [...gradients].flatMap(([{ name }, input]) => (input ? [[name, input] as const] : [])),
    ),
    next: new Map(context.state.map(({ name, next }) => [name, outputs.get(next) as Value])),
  };
  return { update, context };
}
