/** Constant scales of the branches k×k, 1×1 and identity that RepOptimizer stands for. */
export interface BranchScales {
  readonly kernel: number;
  readonly point: number;
  readonly identity: number;
}

export interface RepOptimized {
  /** The sum of the branches at the beginning. */
  readonly weight: Float64Array;
  /** What gradients or updates are multiplied with: [O, I, ...kernel], as the weight. */
  readonly scaling: Float64Array;
}

/**
 * Weights and gradient multipliers with which a plain convolution learns as `s₃·(W₃ ∗ x) + s₁·(W₁ ∗ x) + s_id·x` does
 * (RepOptimizers, arXiv:2205.15242, section 3): `W = s₃W₃ + s₁W₁ + s_id·I`, and the multiplier `s₃ᵖ`, `+ s₁ᵖ` in the
 * middle, `+ 1` on the middle of the identity's diagonal.
 * @param dims [O, I ÷ group, ...kernel]; kernels of odd lengths
 * @param drawn W₃, as many elements as the weight
 * @param point W₁ [O, I ÷ group]
 * @param hasIdentity whether input and output have the same shape
 * @param power 2 where gradients are scaled, 1 where updates are
 */
export function repOptimized(
  dims: readonly number[],
  drawn: Float64Array,
  point: Float64Array,
  scales: BranchScales,
  hasIdentity: boolean,
  power: 1 | 2,
): RepOptimized {
  const [, inputs = 1, ...kernel] = dims;
  const taps = kernel.reduce((product, length) => product * length, 1);
  const middle = Math.floor(taps / 2);
  const weight = drawn.map((value) => scales.kernel * value);
  const scaling = drawn.map(() => scales.kernel ** power);
  for (let row = 0; row < point.length; row++) {
    const at = row * taps + middle;
    weight[at] = (weight[at] as number) + scales.point * (point[row] as number);
    scaling[at] = (scaling[at] as number) + scales.point ** power;
    const output = Math.floor(row / inputs);
    if (!hasIdentity || row % inputs !== output % inputs) continue;
    weight[at] = (weight[at] as number) + scales.identity;
    scaling[at] = (scaling[at] as number) + 1;
  }
  return { weight, scaling };
}
