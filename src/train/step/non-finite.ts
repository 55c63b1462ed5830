import { ReparamError } from '../../errors.js';
import { GraphBuilder, type Node } from '../../ir/index.js';
import { copyModel, encodeModel } from '../../onnx/index.js';
import type { StepInfo } from '../../optimizers/index.js';
import { runModel } from '../../runtime/index.js';
import { isFloat, type Tensor } from '../../tensor/index.js';
import type { StepGraph } from './step.js';

/** A number for each floating-point value that a graph computes: 0 while all of its elements are finite, else NaN. */
function addProbes(step: StepGraph): { bytes: Uint8Array; nodes: Map<string, Node> } {
  const model = copyModel(step.model);
  const { graph } = model;
  const b = new GraphBuilder(graph);
  const nodes = new Map<string, Node>();
  for (const output of graph.outputs.splice(0)) output.outputOf.delete(graph);
  const types = new Map(
    step.model.graph.nodes.flatMap(({ results }) => results.map((v) => [v.name, v.type])),
  );
  for (const node of [...graph.nodes]) {
    const [result] = node.results;
    const dtype = result && types.get(result.name)?.dtype;
    if (!result || !dtype || !isFloat(dtype)) continue;
    const zeros = b.op('Mul', [result, b.floats([], [0], 'zero')]);
    const probe = b.op('ReduceSum', [zeros], { keepdims: 0 });
    b.output(probe);
    nodes.set(probe.name, node);
  }
  return { bytes: encodeModel(model), nodes };
}

/**
 * Runs a step again to find the first node whose result holds NaN or infinity.
 * @param feeds all inputs of the step, the state before it included; others are ignored
 * @returns null when all results are finite this time
 */
export async function firstNonFinite(
  step: StepGraph,
  feeds: ReadonlyMap<string, Tensor>,
): Promise<string | null> {
  const inputs = step.model.graph.inputs.map(({ name }) => name);
  const fed = new Map([...feeds].filter(([name]) => inputs.includes(name)));
  for (const [name, tensor] of fed) {
    if (tensor.toFloats().some((x: number) => !Number.isFinite(x))) return `the input '${name}'`;
  }
  const { bytes, nodes } = addProbes(step);
  const results = await runModel(bytes, fed, { optimization: 'disabled' });
  for (const [name, node] of nodes) {
    if (!Number.isFinite(results.get(name)?.toFloats()[0] ?? 0)) return node.label;
  }
  return null;
}

/** @param culprit the node or input, null when it was not found again */
export function nonFiniteLoss(loss: number, info: StepInfo, culprit: string | null): ReparamError {
  const where = culprit ? `; the first value that is not finite is the result of ${culprit}` : '';
  return new ReparamError(
    'check',
    `the loss of step ${info.step} is ${loss} at a learning rate of ${info.rate}${where}`,
    { hint: 'make --lr smaller, warm up with --warmup, or clip gradients with --clip-norm' },
  );
}
