/** What a training step takes. It belongs to whoever gets it: nothing is written to it again. */
export interface Batch {
  /** [N, C, H, W], normalised. */
  readonly images: Float32Array;
  /** Of `images`. */
  readonly shape: readonly [number, number, number, number];
  /** [N, K]: 1 for the class of each image; shares of several classes where images were mixed. */
  readonly targets: Float32Array;
  /** [N], the classes before mixing. */
  readonly labels: Int32Array;
  readonly epoch: number;
  /** Place in the epoch, from 0 on. */
  readonly index: number;
}

/** Which images a batch is made of. */
export interface BatchRequest {
  readonly epoch: number;
  readonly index: number;
  /** Into the data set. */
  readonly indices: Int32Array;
}
