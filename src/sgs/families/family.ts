/** A fixed way to branch a convolution, for which the scaling can be written down. */
export interface ScalingFamily {
  readonly name: string;
  /** The paper. */
  readonly source: string;
  /** The branches, in a line. */
  readonly description: string;
  /**
   * `Σ sᵢᵖ Mᵢ`, where Mᵢ is 1 where branch i has a tap.
   * @param kernel lengths of the kernel, one an axis
   * @param power 2 where gradients are scaled, 1 where updates are
   * @returns row-major, one number a tap, not normalized
   */
  scaling(kernel: readonly number[], power: 1 | 2): Float64Array;
}
