import { add, mul, times } from '../../autodiff/index.js';
import type { Value } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { StepGraph } from './step.js';
import { finishGraph, gradientGraph, type Subject } from './subject.js';
import { UpdateBuilder, zerosLike } from './update.js';

/** Name of the sum of a parameter's gradients. */
export const sumName = (parameter: string): string => `gradient.${parameter}`;

/**
 * The graph for all batches of an update but the last: it adds their gradients up and leaves the parameters alone.
 * @param alone whether no other graph holds the parameters
 */
export function accumulationGraph(subject: Subject, alone = false): StepGraph {
  const differentiated = gradientGraph(subject);
  const { builder: b, gradients, value } = differentiated;
  const update = new UpdateBuilder(b);
  const kept = update.scalar('kept', ({ batch = 0 }) => (batch === 0 ? 0 : 1));
  for (const [{ name }, gradient] of gradients) {
    if (!gradient) continue;
    const slot = update.input(sumName(name), 'gradient', zerosLike(b, gradient));
    // The first batch begins a new sum.
    slot.set(add(b, mul(b, slot.value, kept), gradient));
  }
  for (const parameter of alone ? subject.form.parameters : []) {
    const held = value(parameter);
    update.keep(held, held, 'parameter', parameter.constant as Tensor);
  }
  return finishGraph(subject, differentiated, update);
}

/** Mean over all batches of an update, whose last one has the gradient given. */
export function meanGradient(
  { builder: b }: UpdateBuilder,
  name: string,
  last: Value,
  batches: number,
): Value {
  if (batches === 1) return last;
  const sum = b.input(sumName(name), b.dims(last), b.dtype(last));
  return times(b, add(b, sum, last), 1 / batches);
}
