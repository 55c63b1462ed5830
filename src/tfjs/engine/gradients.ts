import type { Value } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { Plan } from './plan.js';
import { Runner, toTf } from './program.js';
import type { Tf, TfTensor } from './tf.js';

/** What a batch gives; all of it is the caller's to dispose of. */
export interface BatchResult {
  readonly loss: TfTensor;
  readonly outputs: TfTensor;
  /** Running statistics after the batch, by name. */
  readonly statistics: Readonly<Record<string, TfTensor>>;
  /** Of the loss, by the name of the parameter. */
  readonly gradients: Readonly<Record<string, TfTensor>>;
}

/** What is read by name: the state, and what a batch is fed with. */
type Read = (name: string) => TfTensor;

/** Runs the model forward and lets TensorFlow.js differentiate it. */
export class Gradients {
  readonly #tf: Tf;
  readonly #plan: Plan;
  readonly #masks: Runner;
  readonly #forward: Runner;

  constructor(tf: Tf, plan: Plan) {
    this.#tf = tf;
    this.#plan = plan;
    this.#masks = new Runner(tf, plan.masks);
    this.#forward = new Runner(tf, plan.forward);
  }

  /** @param feeds images, targets and noises by name */
  of(state: Read, feeds: ReadonlyMap<string, Tensor>): BatchResult {
    const tf = this.#tf;
    const { loss, outputs, parameters, statistics } = this.#plan.forward;
    const kept: { outputs?: TfTensor; statistics: Record<string, TfTensor> } = { statistics: {} };
    const weights = parameters.map(({ name }) => state(name));
    const result = tf.tidy(() => {
      const given = this.#given(state, feeds);
      const { value, grads } = tf.valueAndGrads((...all: TfTensor[]) => {
        const own = parameters.map((parameter, i) => [parameter, all[i] as TfTensor] as const);
        const read = this.#forward.run(new Map([...given, ...own]));
        // They leave the scope of the differentiation.
        kept.outputs = tf.keep(read(outputs));
        for (const [name, next] of statistics) kept.statistics[name] = tf.keep(read(next));
        return tf.reshape(read(loss), []);
      })(weights);
      return { loss: value, gradients: grads };
    });
    const gradients = Object.fromEntries(
      parameters.map(({ name }, i) => [name, result.gradients[i] as TfTensor]),
    );
    return {
      loss: result.loss,
      outputs: kept.outputs as TfTensor,
      statistics: kept.statistics,
      gradients,
    };
  }

  /** Runs the model again to find the first node whose result holds NaN or infinity; null where all are finite. */
  firstNonFinite(state: Read, feeds: ReadonlyMap<string, Tensor>): string | null {
    const tf = this.#tf;
    const allFinite = (x: TfTensor): boolean => tf.all(tf.isFinite(x)).dataSync()[0] !== 0;
    let first: string | null = null;
    tf.tidy(() => {
      const given = this.#given(state, feeds);
      for (const value of this.#plan.forward.parameters) given.set(value, state(value.name));
      const input = [...given].find(([, tensor]) => !allFinite(tensor));
      if (input) {
        first = `the input '${input[0].name}'`;
        return;
      }
      this.#forward.run(given, (node, results) => {
        const floats = results.filter((result) => result?.dtype === 'float32');
        if (!floats.every((result) => result && allFinite(result))) first ??= node.label;
      });
    });
    return first;
  }

  release(): void {
    this.#masks.release();
    this.#forward.release();
  }

  /** All inputs of the model but the parameters. */
  #given(state: Read, feeds: ReadonlyMap<string, Tensor>): Map<Value, TfTensor> {
    const { forward, masks } = this.#plan;
    const fed = (value: Value): [Value, TfTensor] => [
      value,
      toTf(this.#tf, feeds.get(value.name) as Tensor),
    ];
    const read = this.#masks.run(new Map(masks.noises.map(fed)));
    return new Map([
      ...[forward.images, forward.targets].map(fed),
      ...forward.others.map((value): [Value, TfTensor] => [value, state(value.name)]),
      ...[...masks.results].map(([mask, result]): [Value, TfTensor] => [mask, read(result)]),
    ]);
  }
}
