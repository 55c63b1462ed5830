import type { BlockBuilder } from '../block-builder.js';
import type { Term } from '../term.js';
import { average, sequence } from '../types/dbb.js';

/** A branch that can be put beside a Conv. It ends in a batch norm, whose scale says how much it counts. */
export interface BranchKind {
  /** What the names of its nodes and parameters begin with. */
  readonly name: string;
  /** @returns null where the shapes of the Conv do not allow it */
  build(block: BlockBuilder): Term | null;
}

/** A single row or column of the kernel. */
function strip(block: BlockBuilder, name: string, kernel: readonly number[]): Term | null {
  const { size } = block.site.kernel;
  if (size.length !== 2 || size.includes(1)) return null;
  return block.norm(`${name}.bn`, block.conv(name, block.input, { kernel }));
}

function identity(block: BlockBuilder): Term | null {
  const x = block.identity('identity');
  return x && block.norm('identity.bn', x);
}

/** What DyRep puts beside a Conv: DBB's branches, single rows and columns, and the identity. */
export const branchKinds: readonly BranchKind[] = [
  { name: '1x1', build: (block) => block.norm('1x1.bn', block.conv('1x1')) },
  { name: '1x1_kxk', build: sequence },
  { name: 'avg', build: average },
  { name: '1xk', build: (block) => strip(block, '1xk', [1, block.site.kernel.size[1] ?? 1]) },
  { name: 'kx1', build: (block) => strip(block, 'kx1', [block.site.kernel.size[0] ?? 1, 1]) },
  { name: 'identity', build: identity },
];
