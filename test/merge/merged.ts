import { type Model, opCounts } from '../../src/ir/index.js';
import { applyMerge, type MergePlan, type Objective, planMerge } from '../../src/merge/index.js';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
import { compareModels } from '../../src/verify/index.js';

export interface MergedModel {
  readonly model: Model;
  readonly plan: MergePlan;
  /** How often an operator is left. */
  count(opType: string): number;
  readonly reasons: readonly string[];
}

/** Merges a copy of a model and holds it against the original in onnxruntime. */
export async function mergeAndVerify(
  original: Model,
  objective: Objective = 'macs',
): Promise<MergedModel> {
  const model = decodeModel(encodeModel(original));
  const plan = await planMerge(model, { objective });
  const reasons = plan.nearMisses.map(({ node, refusal }) => `${node.label}: ${refusal.reason}`);
  const { refused } = await applyMerge(plan);
  if (refused.length > 0) throw new Error(`refused: ${refused[0]?.refusal.reason}`);
  const report = await compareModels(original, model);
  if (report.status !== 'equal')
    throw new Error(`not the same function: ${JSON.stringify(report)}`);
  const counts = opCounts(model);
  return { model, plan, reasons, count: (opType) => counts.get(opType) ?? 0 };
}
