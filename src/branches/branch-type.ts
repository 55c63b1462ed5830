import type { Verdict } from '../errors.js';
import type { BlockBuilder } from './block-builder.js';
import type { ConvSite } from './conv-site.js';
import type { MatrixBuilder, MatrixSite } from './matrix.js';
import type { Term } from './term.js';

interface Described {
  readonly name: string;
  /** The paper. */
  readonly source: string;
  /** The branches, in a line. */
  readonly description: string;
}

/** What a Conv can be replaced with. */
export interface ConvBlock extends Described {
  readonly operator: 'Conv';
  /** Whether the branches have batch norms: one that follows the Conv alone then belongs to the block. */
  readonly normalized: boolean;
  /** Refuses convs that the block is not made for, with the reason. */
  applies(site: ConvSite): Verdict<void>;
  build(block: BlockBuilder): Term;
}

/** What a Gemm or MatMul can be replaced with. */
export interface MatrixBlock extends Described {
  readonly operator: 'Gemm, MatMul';
  applies(site: MatrixSite): Verdict<void>;
  build(block: MatrixBuilder): void;
}

/** A kind of branched block. */
export type BranchType = ConvBlock | MatrixBlock;
