import type { Model } from '../ir/index.js';

export interface ModelOptions {
  /** Length of the output `logits` [N, classes]. */
  readonly classes?: number;
  /** Channels, height and width of the input, in pixels. */
  readonly image?: readonly [number, number, number];
  /** A whole number. The same seed gives the same bytes. */
  readonly seed?: number;
}

/**
 * A network as a plain ONNX inference model (opset 17) from `input` [N, C, H, W] to `logits` [N, classes].
 *
 * Nodes are named as PyTorch's modules are, and the initializers are just the entries of its `state_dict()`, with their
 * names, in their order, freshly initialized; only `num_batches_tracked` is left out, which nothing computes with.
 */
export interface ModelBuilder {
  readonly name: string;
  /** One line that tells this form of the network from its others. */
  readonly description: string;
  /** The paper. */
  readonly source: string;
  /** The image that the network was made for: channels, height and width, in pixels. */
  readonly image: readonly [number, number, number];
  /** Classes where the options do not say. */
  readonly classes: number;
  /** @throws ReparamError for an image too small to go through all layers, and for options out of range. */
  build(options?: ModelOptions): Model;
}
