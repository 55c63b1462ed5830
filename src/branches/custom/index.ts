import { accept, refuse, type Verdict } from '../../errors.js';
import type { BlockBuilder } from '../block-builder.js';
import type { ConvBlock } from '../branch-type.js';
import { type ConvSite, centredWindows, sizeText } from '../conv-site.js';
import type { Term } from '../term.js';
import { type BlockSpec, type BranchSpec, checkBlockSpec, isMain } from './spec.js';

export type { BlockSpec, BranchSpec } from './spec.js';

/** A block of one's own. @throws ReparamError as {@link checkBlockSpec} does. */
export function customBlock(spec: BlockSpec): ConvBlock {
  const { name, branches } = checkBlockSpec(spec);
  const main = branches.find(isMain);
  return {
    name,
    source: 'its specification',
    description: `${branches.length} branches`,
    operator: 'Conv',
    normalized: main?.norm ?? false,
    applies(site) {
      for (const branch of branches) {
        const fits = branchFits(site, branch);
        if (!fits.ok) return fits;
      }
      return accept(undefined);
    },
    build(block) {
      const terms = branches.flatMap((branch, i) => copiesOf(block, branch, i));
      const sum = block.sum(terms);
      const { bias } = block.site;
      // Not in the Conv: a bias before a scale would learn at another rate.
      return bias && !main?.norm && main?.scale !== undefined ? block.biased('bias', sum) : sum;
    },
  };
}

const kernelOf = ({ kernel }: ConvSite, branch: BranchSpec): readonly number[] => {
  if (branch.identity) return kernel.size.map(() => 1);
  if (branch.average !== undefined) return kernel.size.map(() => branch.average ?? 1);
  return branch.kernel === undefined || branch.kernel === 'same' ? kernel.size : branch.kernel;
};

function branchFits(site: ConvSite, branch: BranchSpec): Verdict<void> {
  const { size, outputs } = site.kernel;
  const kernel = kernelOf(site, branch);
  const dilation = kernel.map(() => branch.dilation ?? 1);
  if (kernel.length !== size.length || !centredWindows(site, kernel, dilation)) {
    const dilated = branch.dilation ? ` with dilation ${branch.dilation}` : '';
    return refuse(
      `a branch of ${sizeText(kernel)}${dilated} does not lie in the middle of its kernel ${sizeText(size)}`,
    );
  }
  const { mask, scale } = branch;
  if (mask && sizeText([mask.length, mask[0]?.length ?? 0]) !== sizeText(kernel)) {
    return refuse(
      `a mask of ${mask.length}×${mask[0]?.length} does not fit a kernel of ${sizeText(kernel)}`,
    );
  }
  if (typeof scale === 'object' && scale.length !== outputs) {
    return refuse(`a scale of ${scale.length} numbers does not fit ${outputs} output channels`);
  }
  return accept(undefined);
}

function copiesOf(block: BlockBuilder, branch: BranchSpec, index: number): Term[] {
  const { copies = 1 } = branch;
  const base = branch.name ?? (isMain(branch) ? 'main' : `branch${index + 1}`);
  const terms: Term[] = [];
  for (let copy = 0; copy < copies; copy++) {
    const name = copies === 1 ? base : `${base}${copy}`;
    const isFirst = isMain(branch) && copy === 0;
    const term = isFirst ? mainTerm(block, branch, name) : branchTerm(block, branch, name);
    if (!term) continue;
    const normed = branch.norm ? normOf(block, name, term, isFirst) : term;
    terms.push(branch.scale === undefined ? normed : block.scaled(name, normed, branch.scale));
  }
  return terms;
}

const normOf = (block: BlockBuilder, name: string, term: Term, isFirst: boolean): Term =>
  isFirst ? block.ownNorm(`${name}.bn`, term) : block.norm(`${name}.bn`, term);

const mainTerm = (block: BlockBuilder, { norm, scale }: BranchSpec, name: string): Term =>
  block.main(name, { bias: block.site.bias !== null && !norm && scale === undefined });

function branchTerm(block: BlockBuilder, branch: BranchSpec, name: string): Term | null {
  if (branch.identity) return block.identity(name);
  const kernel = kernelOf(block.site, branch);
  const x = branch.pointwise ? firstConv(block, branch, name, kernel) : block.input;
  if (branch.average !== undefined) return block.average(name, x, kernel);
  const dilation = kernel.map(() => branch.dilation ?? 1);
  const mask = branch.mask?.flat();
  return block.conv(name, x, { kernel, dilation, ...(mask ? { mask } : {}) });
}

/** 1×1, with as many channels as the average of it must have; behind a norm its border is what that makes of zero. */
function firstConv(
  block: BlockBuilder,
  branch: BranchSpec,
  name: string,
  kernel: readonly number[],
): Term {
  const { inputs } = block.site.kernel;
  const options = branch.average === undefined ? { channels: inputs } : {};
  const first = block.pointwise(`${name}.first`, options);
  if (!branch.norm) return first;
  const axes = block.centred(
    kernel,
    kernel.map(() => branch.dilation ?? 1),
  );
  return block.bordered(`${name}.first.bn`, block.norm(`${name}.first.bn`, first), axes);
}
