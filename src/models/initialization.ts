import { elementCount, Tensor, uniform } from '../tensor/index.js';

/** How many inputs one output of a layer reads, and the reverse; counted as PyTorch counts them. */
export interface Fan {
  readonly in: number;
  readonly out: number;
}

/** Writes the initial elements of a parameter. */
export type Fill = (values: Float32Array, fan: Fan, seed: number) => void;

/** How the parameters of a kind of layer begin. */
export interface LayerFill {
  readonly weight: Fill;
  readonly bias: Fill;
}

/** How a network begins. Normalizations begin as the identity in all of them. */
export interface Initialization {
  readonly conv: LayerFill;
  readonly linear: LayerFill;
}

export const zeros: Fill = (values) => {
  values.fill(0);
};

export const ones: Fill = (values) => {
  values.fill(1);
};

/** Marsaglia's polar method, in pairs: networks of 10⁸ weights begin in seconds, which sine and cosine would double. */
function fillNormal(values: Float32Array, deviation: number, seed: number): void {
  const next = uniform(seed);
  for (let i = 0; i < values.length; i += 2) {
    let x = 0;
    let y = 0;
    let square = 0;
    while (square === 0 || square >= 1) {
      x = 2 * next() - 1;
      y = 2 * next() - 1;
      square = x * x + y * y;
    }
    const scale = deviation * Math.sqrt((-2 * Math.log(square)) / square);
    values[i] = x * scale;
    if (i + 1 < values.length) values[i + 1] = y * scale;
  }
}

/** Normal numbers of this standard deviation. */
export const normals =
  (deviation: number): Fill =>
  (values, _, seed) =>
    fillNormal(values, deviation, seed);

/** Normal with variance 2/fan-in: a rectified input keeps its power (He et al., arXiv:1502.01852). */
export const kaimingFanIn: Fill = (values, fan, seed) =>
  fillNormal(values, Math.sqrt(2 / fan.in), seed);

/** Normal with variance 2/fan-out: a rectified gradient keeps its power. */
export const kaimingFanOut: Fill = (values, fan, seed) =>
  fillNormal(values, Math.sqrt(2 / fan.out), seed);

/** Uniform within ±1/√fan-in: what PyTorch's Conv2d and Linear do by themselves, weight and bias. */
export const uniformFanIn: Fill = (values, fan, seed) => {
  const next = uniform(seed);
  const bound = 1 / Math.sqrt(fan.in);
  for (let i = 0; i < values.length; i++) values[i] = bound * (2 * next() - 1);
};

/** What PyTorch's layers do by themselves. */
export const pytorchDefault: Initialization = {
  conv: { weight: uniformFanIn, bias: uniformFanIn },
  linear: { weight: uniformFanIn, bias: uniformFanIn },
};

/** A seed of its own for each parameter, so that a new layer leaves the others as they are (FNV-1a, then mixed). */
export function parameterSeed(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/**
 * A float32 parameter that is drawn when it is first read: whoever starts from other weights, or only asks for shapes,
 * does not wait for it.
 */
export function initialTensor(dims: readonly number[], fill: Fill, fan: Fan, seed: number): Tensor {
  let bytes: Uint8Array | null = null;
  return new Tensor('float32', dims, () => {
    if (bytes) return bytes;
    const values = new Float32Array(elementCount(dims));
    fill(values, fan, seed);
    bytes = new Uint8Array(values.buffer);
    return bytes;
  });
}
