import { ReparamError } from '../../errors.js';
import {
  type DataType,
  dataTypes,
  elementCount,
  isFloat,
  normal,
  smallestNormal,
  Tensor,
  uniform,
} from '../../tensor/index.js';

/**
 * What the floating-point inputs of a run hold:
 * - `normal`: independent standard normal numbers; `uniform`: uniform in [0, 1), like an image;
 * - `constant`: ones, which show what happens at the borders;
 * - `impulses`: zeros with a single 1 in every channel, which show single weights;
 * - `borders`: normal numbers on the outermost ring of every spatial axis, zeros inside;
 * - `large`: normal numbers times 1024 (16 for 16-bit types), near saturation;
 * - `denormal`: numbers below the smallest normal one, which devices may flush to zero.
 */
export const inputKinds = [
  'normal',
  'uniform',
  'constant',
  'impulses',
  'borders',
  'large',
  'denormal',
] as const;

export type InputKind = (typeof inputKinds)[number];

/** An input with every length decided. */
export interface InputSpec {
  readonly name: string;
  readonly dtype: DataType;
  readonly dims: readonly number[];
}

export interface InputOptions {
  readonly kind: InputKind;
  readonly seed: number;
  /** Integer inputs hold numbers in [0, integerLimit): they may be indices. */
  readonly integerLimit: number;
}

/** Lengths of a tensor [N, C, ...spatial]; [N, D] and [D] count as rows of one channel. */
function layout(dims: readonly number[]): { channels: number; spatial: readonly number[] } {
  const leading = dims.length > 2 ? 2 : dims.length - 1;
  return {
    channels: elementCount(dims.slice(0, Math.max(leading, 0))),
    spatial: dims.slice(leading),
  };
}

function impulses(dims: readonly number[], random: () => number): Float64Array {
  const values = new Float64Array(elementCount(dims));
  const { channels, spatial } = layout(dims);
  const pixels = elementCount(spatial);
  if (pixels === 0) return values;
  for (let c = 0; c < channels; c++) values[c * pixels + Math.floor(random() * pixels)] = 1;
  return values;
}

/** True for positions on the outermost ring of the spatial axes, by index within one channel. */
function ring(spatial: readonly number[]): boolean[] {
  return Array.from({ length: elementCount(spatial) }, (_, index) => {
    let rest = index;
    return spatial.toReversed().some((length) => {
      const position = rest % length;
      rest = Math.floor(rest / length);
      return position === 0 || position === length - 1;
    });
  });
}

function borders(dims: readonly number[], random: () => number): Float64Array {
  const { spatial } = layout(dims);
  const onRing = ring(spatial);
  const values = new Float64Array(elementCount(dims));
  return values.map((_, i) => (onRing[i % onRing.length] ? random() : 0));
}

function floats({ dtype, dims }: InputSpec, kind: InputKind, seed: number): Float64Array {
  const gauss = normal(seed);
  const flat = uniform(seed);
  const fill = (next: () => number) => new Float64Array(elementCount(dims)).map(next);
  switch (kind) {
    case 'normal':
      return fill(gauss);
    case 'uniform':
      return fill(flat);
    case 'constant':
      return fill(() => 1);
    case 'impulses':
      return impulses(dims, flat);
    case 'borders':
      return borders(dims, gauss);
    case 'large': {
      const scale = dataTypes[dtype].bits === 16 ? 16 : 1024;
      return fill(() => scale * gauss());
    }
    case 'denormal': {
      const scale = smallestNormal(dtype) / 16;
      return fill(() => scale * (2 * flat() - 1));
    }
  }
}

/** More elements than typed arrays of numbers can be relied on to hold. */
const mostElements = 2 ** 31;

function generate(spec: InputSpec, options: InputOptions, seed: number): Tensor {
  const { dtype, dims } = spec;
  const count = elementCount(dims);
  if (count > mostElements) {
    throw new ReparamError(
      'usage',
      `input '${spec.name}' of ${dims.join('x')} is too large to make`,
    );
  }
  const random = uniform(seed);
  if (dtype === 'string') {
    return new Tensor(
      dtype,
      dims,
      Array.from({ length: count }, () => new Uint8Array([97])),
    );
  }
  if (isFloat(dtype)) {
    return Tensor.fromNumbers(dtype, dims, floats(spec, options.kind, seed));
  }
  const limit = dataTypes[dtype].kind === 'bool' ? 2 : options.integerLimit;
  const values = new Float64Array(count).map(() => Math.floor(random() * limit));
  return Tensor.fromNumbers(dtype, dims, values);
}

/** The inputs of one run, the same for the same specs and options everywhere. */
export function generateInputs(
  specs: readonly InputSpec[],
  options: InputOptions,
): Map<string, Tensor> {
  return new Map(
    specs.map((spec, i) => [spec.name, generate(spec, options, options.seed * 1009 + i)]),
  );
}

/** At most a prime, so that the pattern falls differently on every row and channel. */
const longestPattern = 65521;

/** Multiplies every floating-point element by 1 + `step` or 1 − `step`, at random. */
export function perturbInputs(
  inputs: ReadonlyMap<string, Tensor>,
  step: number,
  seed: number,
): Map<string, Tensor> {
  const random = uniform(seed);
  const largest = Math.max(1, ...[...inputs.values()].map(({ size }) => size));
  const patternLength = Math.min(longestPattern, largest);
  const pattern = new Float64Array(patternLength).map(() => (random() < 0.5 ? 1 - step : 1 + step));
  const perturb = (tensor: Tensor): Tensor => {
    if (!isFloat(tensor.dtype)) return tensor;
    const values = tensor.toFloats().slice();
    let at = Math.floor(random() * patternLength);
    for (let i = 0; i < values.length; i++) {
      values[i] = (values[i] as number) * (pattern[at] as number);
      if (++at === patternLength) at = 0;
    }
    return Tensor.fromNumbers(tensor.dtype, tensor.dims, values);
  };
  return new Map([...inputs].map(([name, tensor]) => [name, perturb(tensor)]));
}
