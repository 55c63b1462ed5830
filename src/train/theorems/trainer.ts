import type { Model } from '../../ir/index.js';
import type { StepInfo } from '../../optimizers/index.js';
import { Tensor } from '../../tensor/index.js';
import { onnxruntimeEngine } from '../engines/index.js';
import type { OpenStepOptions, StepBatch, StepOptions } from '../step/index.js';

/** Tensors of a training state by name, as float64 numbers. */
export type Values = ReadonlyMap<string, Float64Array>;

/** A step graph that is ready to run, however it is run. */
export interface Trainer {
  /** Makes a step. @returns the outputs of the network before it, `[N, K]` */
  run(batch: StepBatch, info: StepInfo): Promise<ArrayLike<number>>;
  state(): Promise<Values>;
  /** Replaces some of the state, rounded to what the trainer computes with. */
  setState(values: Values): void;
  release(): Promise<void>;
}

export type OpenTrainer = (model: Model, options: StepOptions) => Promise<Trainer>;

/** Trains as `reparam train` does: in float32. */
export const engine =
  (options: OpenStepOptions = {}, trains = onnxruntimeEngine): OpenTrainer =>
  async (model, stepOptions) => {
    const step = trains.prepare(model, stepOptions);
    const open = await step.open(options);
    const initial = new Map(step.state.map((tensor) => [tensor.name, tensor.initial]));
    return {
      run: async (batch, info) => (await open.run(batch, info)).outputs,
      async state() {
        const state = await open.state();
        return new Map([...state].map(([name, tensor]) => [name, tensor.toNumbers()]));
      },
      setState(values) {
        const known = [...values].flatMap(([name, numbers]) => {
          const like = initial.get(name);
          return like ? [[name, Tensor.fromNumbers(like.dtype, like.dims, numbers)] as const] : [];
        });
        open.setState(new Map(known));
      },
      release: () => open.release(),
    };
  };
