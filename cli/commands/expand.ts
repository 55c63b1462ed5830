import type { Command } from 'commander';
import { ReparamError } from '../../src/errors.js';
import { collect, parseCount } from '../arguments.js';
import { checkWritable, refuseOverwriting } from '../files/outputs.js';
import { print, printJson } from '../ui/print.js';
import { stagedProgress } from '../ui/progress.js';

interface ExpandFlags {
  readonly output: string;
  readonly block?: string;
  readonly spec?: string;
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
  readonly fresh?: boolean;
  readonly seed: number;
  readonly verify: boolean;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

const details = `
The blocks compute what their layers did, and the written file is run against the original on seeded inputs; if they
differ, nothing is left on the disk. With --fresh they begin as their papers say, to be trained from the start.
Layers that a block is not made for stay as they are. reparam merge makes single convolutions of the blocks again.

Patterns are names of nodes, outputs or weights; * stands for anything, and layer1 also means what is below it.

Exit codes:
  0  done
  1  the check of the result failed, or no layer could be expanded
  2  wrong usage or bad input
  3  something is missing on this machine

Examples:
  $ reparam expand model.onnx --block dbb -o branched.onnx
  $ reparam expand model.onnx --block acb --only 'layer1*' --fresh --seed 1 -o branched.onnx
  $ reparam expand model.onnx --spec block.yaml -o branched.onnx`;

async function blockOf({ block, spec }: ExpandFlags) {
  if (block !== undefined && spec === undefined) {
    const { findBranchType } = await import('../../src/branches/index.js');
    return findBranchType(block);
  }
  if (spec !== undefined && block === undefined) {
    const { readBlockSpec } = await import('../../src/train/methods/block-spec.js');
    return readBlockSpec(spec);
  }
  throw new ReparamError('usage', 'say what to expand into with --block TYPE or --spec FILE', {
    hint: block === undefined ? '--help lists the block types' : 'give only one of the two',
  });
}

async function expand(input: string, flags: ExpandFlags): Promise<void> {
  const { output } = flags;
  await refuseOverwriting([input], [output]);
  await checkWritable(output);
  const block = await blockOf(flags);
  const { expandFile } = await import('../expand-file.js');
  const { expandText } = await import('../ui/expand-text.js');
  const bars = stagedProgress(flags.quiet);
  const options = {
    block,
    only: flags.only ?? [],
    skip: flags.skip ?? [],
    mode: flags.fresh ? ('fresh' as const) : ('keep' as const),
    seed: flags.seed,
    verify: flags.verify,
    onProgress: bars.update,
  };
  const outcome = await expandFile(input, output, options).finally(() => bars.stop());
  if (flags.json) printJson(outcome);
  else if (!flags.quiet) print(expandText(outcome));
}

export function addExpand(program: Command): void {
  program
    .command('expand')
    .summary('replace layers by branched blocks')
    .description('Replaces every layer that a block type is made for by a branched block.')
    .argument('<MODEL>', 'ONNX file')
    .requiredOption('-o, --output <path>', 'the file to write')
    .option('--block <type>', 'a block type: acb, dbb, repvgg and so on (see docs/branches.md)')
    .option('--spec <file>', "a block of one's own, in YAML or JSON")
    .option('--only <pattern>', 'expand these layers only; repeatable', collect)
    .option('--skip <pattern>', 'leave these layers alone; repeatable', collect)
    .option('--fresh', 'begin anew instead of computing the same')
    .option('--seed <number>', 'seed of the first weights', parseCount, 0)
    .option('--no-verify', 'do not run the written file, for models that onnxruntime cannot run')
    .option('--json', 'print the outcome as JSON')
    .option('-q, --quiet', 'print errors only')
    .addHelpText('after', details)
    .action(expand);
}
