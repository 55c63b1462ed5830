import type { Model } from '../../ir/index.js';
import type { PreparedStep } from '../engines/index.js';
import type { OpenStep, OpenStepOptions } from '../step/index.js';
import type { TrainingSetup } from './setup.js';
import { openBatch } from './source-model.js';

/** The model of a run and the step that trains it; others can take their place. */
export class LiveStep {
  readonly options: OpenStepOptions;
  readonly #setup: TrainingSetup;
  #model: Model;
  #graph: PreparedStep;
  #open: OpenStep;

  private constructor(setup: TrainingSetup, options: OpenStepOptions, open: OpenStep) {
    this.options = options;
    this.#setup = setup;
    this.#model = setup.model;
    this.#graph = setup.step;
    this.#open = open;
  }

  static async begin(setup: TrainingSetup, options: OpenStepOptions): Promise<LiveStep> {
    return new LiveStep(setup, options, await setup.step.open(options));
  }

  /** In inference form; its initializers are replaced as training goes on. */
  get model(): Model {
    return this.#model;
  }

  get graph(): PreparedStep {
    return this.#graph;
  }

  get open(): OpenStep {
    return this.#open;
  }

  /**
   * Goes on with another model and its weights. What the optimizer remembers of parameters that keep their name stays;
   * running averages of the weights begin anew, since another structure makes something else of old ones.
   */
  async replace(model: Model): Promise<void> {
    openBatch(model);
    const graph = this.#setup.engine.prepare(model, this.#setup.stepOptions);
    const before = await this.#open.state();
    const opened = await graph.open({ ...this.options, placement: false });
    const kept = graph.state.flatMap(({ name, kind }) => {
      const tensor = kind === 'optimizer' || kind === 'scaling' ? before.get(name) : undefined;
      return tensor ? [[name, tensor] as const] : [];
    });
    opened.setState(new Map(kept));
    const old = this.#open;
    [this.#model, this.#graph, this.#open] = [model, graph, opened];
    await old.release();
  }

  release(): Promise<void> {
    return this.#open.release();
  }
}
