import { GraphBuilder, type Model, type Node, onnxOpset, type Value } from '../../ir/index.js';
import { copyModel } from '../../onnx/index.js';
import { Tensor } from '../../tensor/index.js';
import type { StepGraph } from './step.js';

/** Steps that one run of a model makes, as many as it is fed with. */
export interface SeveralSteps {
  /**
   * The inputs and results of the step graph with one more axis in front, `[steps, …]`, under the same names; the state
   * as it is, under the same names.
   */
  readonly model: Model;
  /** Name of the input for how many steps are to be made, an int64 scalar. */
  readonly count: string;
  /** Name of the output that holds a state after the last step, by the name of its input. */
  readonly next: ReadonlyMap<string, string>;
  /** Names of the outputs: losses `[steps]` and the model's own outputs `[steps, N, K]`. */
  readonly results: StepGraph['results'];
}

function replaceInput(node: Node, value: Value, by: Value): void {
  for (const [i, input] of node.inputs.entries()) if (input === value) node.setInput(i, by);
}

/**
 * Makes one model of several steps: an ONNX `Loop` whose body is the step graph. A runtime that gives all outputs back to
 * the host then does so once for all of the steps.
 */
export function severalSteps(step: StepGraph): SeveralSteps {
  const { graph: body } = copyModel(step.model);
  const fed = new Map<string, readonly number[]>([
    [step.images.name, step.images.dims],
    [step.targets.name, step.targets.dims],
    ...step.scalars.map(({ name }) => [name, []] as const),
    ...step.noises.map(({ name, dims }) => [name, dims] as const),
  ]);
  const b = new GraphBuilder();
  const outer = new Map(
    body.inputs.map(({ name, type }) => {
      const dims = (type?.shape ?? []) as readonly number[];
      const shape = fed.has(name) ? ['steps', ...dims] : dims;
      return [name, b.input(name, shape, type?.dtype)] as const;
    }),
  );
  // A value inside must not hide one of the graph around it.
  const inner = new Map(body.inputs.map((value) => [value.name, value]));
  for (const value of inner.values()) value.name = body.uniqueName(`step.${value.name}`);
  const outputs = new Map(body.outputs.map((value) => [value.name, value]));

  const iteration = body.newInput('step.iteration', { dtype: 'int64', shape: [] });
  const condition = body.newInput('step.condition', { dtype: 'bool', shape: [] });
  const nodes = body.nodes;
  body.nodes = [];
  const inside = new GraphBuilder(body);
  for (const name of fed.keys()) {
    const [all, value] = [outer.get(name) as Value, inner.get(name) as Value];
    const one = inside.op('Gather', [all, iteration], { axis: 0 });
    for (const node of [...value.users]) replaceInput(node, value, one);
  }
  body.nodes.push(...nodes);
  const goesOn = inside.op('Identity', [condition]);
  const states = step.state.map(({ name }) => inner.get(name) as Value);
  body.inputs.splice(0, body.inputs.length, iteration, condition, ...states);
  const { loss, outputs: logits } = step.results;
  const last = [...step.state.map(({ next }) => next), loss, logits];
  body.outputs.splice(0, body.outputs.length, goesOn, ...last.map((n) => outputs.get(n) as Value));

  const given = step.state.map(({ name }) => outer.get(name) as Value);
  const count = b.input('steps', [], 'int64');
  const results = b.ops(
    'Loop',
    [count, b.constant(Tensor.scalar('bool', 1)), ...given],
    last.length,
    { body: { kind: 'graph', value: body } },
  );
  for (const result of results) b.output(result);
  const names = results.map(({ name }) => name);
  return {
    count: count.name,
    model: b.model(onnxOpset(step.model)),
    next: new Map(step.state.map(({ name }, i) => [name, names[i] as string])),
    results: { loss: names.at(-2) as string, outputs: names.at(-1) as string },
  };
}
