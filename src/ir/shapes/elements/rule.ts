import type { DataType } from '../../../tensor/index.js';
import type { Dim } from '../../value.js';
import type { NodeContext } from '../context.js';

/** An output whose elements are asked for: at most 4096 of them. */
export interface Target {
  readonly dtype: DataType;
  readonly dims: readonly number[];
  readonly size: number;
  /** Which of the node's outputs it is. */
  readonly index: number;
}

/** Elements that an operator computes from small tensors. */
export interface ElementRule {
  readonly opTypes: readonly string[];
  /** @returns `target.size` elements in row-major order, or null when none is known. Must not throw. */
  elements(context: NodeContext, target: Target): readonly Dim[] | null;
}
