import type { Values } from '../trainer.js';
import { type Branch, type ConvShape, type Read, sum } from './branch.js';

/** A branch in its network. */
export interface Part {
  /** `conv1`: what the convolution is called that the branches of the layer stand for. */
  readonly layer: string;
  /** What names of its parameters begin with. */
  readonly prefix: string;
  readonly branch: Branch;
  readonly shape: ConvShape;
}

/** Numbers that broadcast to a parameter. */
export interface Factors {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

const reader =
  (values: Values, prefix: string): Read =>
  (name) =>
    values.get(`${prefix}.${name}`) ?? new Float64Array();

/** Sums up by a name what branches have; some have nothing. */
function collect(
  parts: readonly Part[],
  name: string,
  of: (part: Part) => Float64Array | undefined,
): Map<string, Float64Array> {
  const found = new Map<string, Float64Array[]>();
  for (const part of parts) {
    const values = of(part);
    const key = `${part.layer}.${name}`;
    if (values) found.set(key, [...(found.get(key) ?? []), values]);
  }
  return new Map([...found].map(([key, all]) => [key, sum(all)]));
}

/** The kernels `Σ sᵢ Mᵢ Vᵢ` and biases `Σ sᵢ bᵢ` of all layers. */
export const mergedConvs = (parts: readonly Part[], values: Values): Values =>
  new Map([
    ...collect(parts, 'weight', ({ branch, shape, prefix }) =>
      branch.kernel(shape, reader(values, prefix)),
    ),
    ...collect(parts, 'bias', ({ branch, shape, prefix }) =>
      branch.bias?.values(shape, reader(values, prefix)),
    ),
  ]);

/** Moves the first branch of each layer, which has no scale, so that kernels and biases are what is wanted. */
export function moveFirstBranches(parts: readonly Part[], values: Values, wanted: Values): Values {
  const own = mergedConvs(parts, values);
  const firsts = parts.filter(({ layer }, i) => layer !== parts[i - 1]?.layer);
  const moved = new Map<string, Float64Array>();
  for (const { layer, prefix } of firsts) {
    for (const kind of ['weight', 'bias']) {
      const value = values.get(`${prefix}.${kind}`);
      const [from, to] = [own.get(`${layer}.${kind}`), wanted.get(`${layer}.${kind}`)];
      if (!value || !from || !to) continue;
      const next = value.map((x, i) => x + (to[i] as number) - (from[i] as number));
      moved.set(`${prefix}.${kind}`, next);
    }
  }
  return moved;
}

/** `Σ sᵢᵖ Mᵢ` for the kernels and `Σ sᵢᵖ` for the biases of all layers. */
export function scalings(parts: readonly Part[], power: number): Map<string, Factors> {
  const shapes = new Map(parts.map(({ layer, shape }) => [`${layer}.weight`, shape]));
  const kernels = collect(parts, 'weight', ({ branch, shape }) => branch.scaling(shape, power));
  const biases = collect(parts, 'bias', ({ branch, shape }) =>
    branch.bias?.scaling?.(shape, power),
  );
  return new Map([
    ...[...kernels].map(
      ([key, full]) => [key, compact(shapes.get(key) as ConvShape, full)] as const,
    ),
    ...[...biases].map(([key, values]) => [key, { dims: [values.length], values }] as const),
  ]);
}

/** As few axes as hold the same: `[k, k]`, `[O, 1, k, k]` or `[O, I, k, k]`. */
function compact({ outputs, inputs, kernel }: ConvShape, full: Float64Array): Factors {
  const area = kernel * kernel;
  const row = inputs * area;
  const equals = (source: (flat: number) => number): boolean =>
    full.every((value, flat) => value === full[source(flat)]);
  if (equals((flat) => flat % area)) return { dims: [kernel, kernel], values: full.slice(0, area) };
  if (equals((flat) => flat - (flat % row) + (flat % area))) {
    const values = full.filter((_, flat) => flat % row < area);
    return { dims: [outputs, 1, kernel, kernel], values };
  }
  return { dims: [outputs, inputs, kernel, kernel], values: full };
}
