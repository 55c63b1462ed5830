import type { Command } from 'commander';
import type { Objective } from '../../src/merge/index.js';
import { objectiveOption } from '../arguments.js';
import { print, printJson } from '../ui/print.js';

interface InspectOptions {
  readonly objective: Objective;
  readonly json?: boolean;
}

const details = `
Every region that can be merged is drawn from its join down to its source, with what it costs before and after.
Places that look like a region but are none come with the reason.

Examples:
  $ reparam inspect model.onnx
  $ reparam inspect model.onnx --json | jq '.regions | length'`;

async function inspect(file: string, options: InspectOptions): Promise<void> {
  const { loadModel } = await import('../../src/onnx/index.js');
  const { planMerge } = await import('../../src/merge/index.js');
  const { summarize } = await import('../model-summary.js');
  const { describePlan } = await import('../plan-description.js');
  const { inspectText } = await import('../ui/inspect-text.js');
  const model = await loadModel(file);
  const plan = await planMerge(model, { objective: options.objective });
  const findings = { file, model: summarize(model), ...describePlan(plan) };
  if (options.json) printJson(findings);
  else print(inspectText(findings));
}

export function addInspect(program: Command): void {
  program
    .command('inspect')
    .summary('show what a model holds and what can be merged')
    .description('Shows a model, the regions that can be merged, and why others cannot.')
    .argument('<MODEL>', 'an ONNX file')
    .addOption(objectiveOption())
    .option('--json', 'print everything as JSON')
    .addHelpText('after', details)
    .action(inspect);
}
