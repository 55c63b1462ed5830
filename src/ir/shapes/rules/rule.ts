import type { TensorType } from '../../value.js';
import type { NodeContext } from '../context.js';

/** Output types of a family of ONNX operators. */
export interface TypeRule {
  readonly opTypes: readonly string[];
  /**
   * @returns a type per output, null where it is unknown; trailing nulls may be left out. Must not throw, whatever the
   * node looks like: an inconsistent node has outputs of unknown shape.
   */
  infer(context: NodeContext): readonly (TensorType | null)[];
}
