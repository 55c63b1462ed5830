import { buildTrainingStep } from '../../../src/train/step/index.js';
import type { OpenTrainer } from '../../../src/train/theorems/trainer.js';
import { type NdArray, ndArray } from '../../reference/array.js';
import { interpretOutputs } from '../../reference/interpret.js';

/** Runs step graphs in float64 by the reference interpreter, without onnxruntime. */
export const float64: OpenTrainer = async (model, options) => {
  const step = buildTrainingStep(model, options);
  const state = new Map(
    step.state.map(({ name, initial }): [string, NdArray] => [
      name,
      ndArray(initial.dims, initial.toNumbers()),
    ]),
  );
  return {
    async run({ images, targets }, info) {
      const feeds = new Map([
        ...state,
        [step.images.name, ndArray(step.images.dims, images)],
        [step.targets.name, ndArray(step.targets.dims, targets)],
        ...step.scalars.map(({ name, compute }): [string, NdArray] => [
          name,
          ndArray([], [compute(info)]),
        ]),
      ]);
      const results = interpretOutputs(step.model, feeds);
      for (const { name, next } of step.state) state.set(name, results.get(next)!);
      return results.get(step.results.outputs)!.data;
    },
    async state() {
      return new Map([...state].map(([name, { data }]) => [name, data]));
    },
    setState(values) {
      for (const [name, data] of values) {
        const known = state.get(name);
        if (known) state.set(name, ndArray(known.dims, data));
      }
    },
    async release() {},
  };
};
