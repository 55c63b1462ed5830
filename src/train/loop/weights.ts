import type { Tensor } from '../../tensor/index.js';
import type { PreparedStep } from '../engines/index.js';

/** The state of a step by what it is for. */
export interface SplitState {
  /** Parameters and running statistics, by the name that they have in the model. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  /** What only training needs. */
  readonly optimizer: ReadonlyMap<string, Tensor>;
}

const averagePrefix = 'average.';

export function splitState(
  step: Pick<PreparedStep, 'state'>,
  state: ReadonlyMap<string, Tensor>,
): SplitState {
  const of = (...kinds: string[]) =>
    new Map(
      step.state
        .filter(({ kind }) => kinds.includes(kind))
        .map(({ name }) => [name, state.get(name) as Tensor] as const),
    );
  return {
    parameters: of('parameter', 'statistic'),
    optimizer: of('optimizer', 'average', 'scaling'),
  };
}

/** The weights that a model is measured and exported with: running averages where they are kept. */
export function deployedWeights({ parameters, optimizer }: SplitState): Map<string, Tensor> {
  const weights = new Map(parameters);
  for (const [name, tensor] of optimizer) {
    if (name.startsWith(averagePrefix)) weights.set(name.slice(averagePrefix.length), tensor);
  }
  return weights;
}
