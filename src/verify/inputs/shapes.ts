import { ReparamError } from '../../errors.js';
import type { Dim, TensorType } from '../../ir/index.js';
import { isTransferable, UnrunnableError, type ValueInfo } from '../../runtime/index.js';
import { elementCount } from '../../tensor/index.js';
import type { InputSpec } from './inputs.js';

/** Dims [N, C, ...] by input name, for the lengths that a model leaves open. */
export type ShapeOverrides = ReadonlyMap<string, readonly number[]>;

const batchSizes = [2, 1];
const channelCounts = [3, 1, 4, 16];
const spatialLengths = [224, 64, 32, 256, 128, 512, 16, 8, 4, 2, 1];

/** Candidates beyond this many elements are not tried: a volume of 224³ takes minutes. */
const mostElements = 2 ** 24;

type Role = 'batch' | 'channels' | 'spatial';

/** An input whose open lengths are symbols: the same symbol has the same length everywhere. */
interface Template {
  readonly name: string;
  readonly dtype: TensorType['dtype'];
  readonly axes: readonly (number | string)[];
}

const usage = (message: string): ReparamError =>
  new ReparamError('usage', message, { hint: 'give --shape as name:1x3x224x224' });

function checkOverrides(inputs: readonly ValueInfo[], overrides: ShapeOverrides): void {
  for (const [name, dims] of overrides) {
    const input = inputs.find((candidate) => candidate.name === name);
    if (input === undefined) {
      const known = inputs.map((candidate) => `'${candidate.name}'`).join(', ');
      throw usage(
        `--shape names an input '${name}' that the model does not have (it has ${known})`,
      );
    }
    const shape = input.type?.shape;
    if (!shape) continue;
    const text = dims.join('x');
    if (shape.length !== dims.length) {
      throw usage(`--shape gives '${name}' the shape ${text}, but it has ${shape.length} axes`);
    }
    shape.forEach((dim, axis) => {
      if (typeof dim === 'number' && dim !== dims[axis]) {
        throw usage(
          `--shape gives '${name}' the shape ${text}, but its axis ${axis} is always ${dim}`,
        );
      }
    });
  }
}

function template({ name, type }: ValueInfo, overrides: ShapeOverrides): Template {
  if (type === null) throw new UnrunnableError(`input '${name}' is not a tensor`);
  if (!isTransferable(type.dtype)) {
    throw new UnrunnableError(`onnxruntime-node takes no ${type.dtype} tensors ('${name}')`);
  }
  const shape: readonly Dim[] | null = type.shape ?? overrides.get(name) ?? null;
  if (shape === null) {
    throw new UnrunnableError(
      `the rank of input '${name}' is not known: give its shape with --shape`,
    );
  }
  const axes = shape.map((dim, axis) => dim ?? `${name}[${axis}]`);
  return { name, dtype: type.dtype, axes };
}

/** Lengths of the symbols that an override decides. */
function decidedLengths(templates: readonly Template[], overrides: ShapeOverrides) {
  const lengths = new Map<string, number>();
  for (const { name, axes } of templates) {
    const dims = overrides.get(name);
    axes.forEach((axis, i) => {
      if (typeof axis === 'string' && dims?.[i] !== undefined) lengths.set(axis, dims[i]);
    });
  }
  return lengths;
}

function roleOf(axis: number, rank: number): Role {
  if (axis === 0 && rank > 1) return 'batch';
  return axis === 1 && rank > 3 ? 'channels' : 'spatial';
}

function openRoles(templates: readonly Template[], decided: ReadonlyMap<string, number>) {
  const roles = new Map<string, Role>();
  for (const { axes } of templates) {
    axes.forEach((axis, i) => {
      if (typeof axis === 'string' && !decided.has(axis) && !roles.has(axis)) {
        roles.set(axis, roleOf(i, axes.length));
      }
    });
  }
  return roles;
}

interface OpenLengths {
  readonly templates: readonly Template[];
  /** Lengths of the symbols that an override decides. */
  readonly decided: ReadonlyMap<string, number>;
  /** What the other symbols stand for. */
  readonly roles: ReadonlyMap<string, Role>;
}

function openLengths(inputs: readonly ValueInfo[], overrides: ShapeOverrides): OpenLengths {
  checkOverrides(inputs, overrides);
  const templates = inputs.map((input) => template(input, overrides));
  const decided = decidedLengths(templates, overrides);
  return { templates, decided, roles: openRoles(templates, decided) };
}

const toSpecs = (templates: readonly Template[], length: (symbol: string) => number): InputSpec[] =>
  templates.map(({ name, dtype, axes }) => ({
    name,
    dtype,
    dims: axes.map((axis) => (typeof axis === 'number' ? axis : length(axis))),
  }));

const elementsOf = (specs: readonly InputSpec[]): number[] =>
  specs.map(({ dims }) => elementCount(dims));

/**
 * Concrete shapes to try for a model's inputs, the most common first. A model may accept some of them only: run it
 * to find out.
 * @throws ReparamError for an override of an unknown input or one that contradicts the model, {@link UnrunnableError}
 * for an input that is no tensor, of a type that onnxruntime-node does not take, or of unknown rank.
 */
export function* candidateShapes(
  inputs: readonly ValueInfo[],
  overrides: ShapeOverrides,
): Generator<InputSpec[]> {
  const { templates, decided, roles } = openLengths(inputs, overrides);
  const used = new Set(roles.values());
  const choices = (role: Role, lengths: readonly number[]) => (used.has(role) ? lengths : [0]);
  for (const spatial of choices('spatial', spatialLengths)) {
    for (const channels of choices('channels', channelCounts)) {
      for (const batch of choices('batch', batchSizes)) {
        const lengths = { batch, channels, spatial };
        const length = (symbol: string): number =>
          decided.get(symbol) ?? lengths[roles.get(symbol) ?? 'spatial'];
        const specs = toSpecs(templates, length);
        if (roles.size === 0 || elementsOf(specs).every((count) => count <= mostElements)) {
          yield specs;
        }
      }
    }
  }
}

/** Other lengths for the image of `length` that was accepted: odd ones, then such as networks with strides want. */
const otherLengths = (length: number): number[][] => [
  [length + 5, length + 8],
  [length + 32, length + 64],
];

/**
 * Other sizes that a model with open lengths may accept beside those found: another batch, images that are not square.
 * @param accepted what {@link candidateShapes} found
 * @returns for each change the shapes to try, of which the first that the model accepts is enough.
 */
export function otherSizes(
  inputs: readonly ValueInfo[],
  overrides: ShapeOverrides,
  accepted: readonly InputSpec[],
): InputSpec[][][] {
  const { templates, decided, roles } = openLengths(inputs, overrides);
  const found = new Map<string, number>();
  templates.forEach(({ axes }, i) => {
    axes.forEach((axis, at) => {
      if (typeof axis === 'string') found.set(axis, accepted[i]?.dims[at] ?? 1);
    });
  });
  const symbols = (role: Role) => [...roles].filter((entry) => entry[1] === role).map(([s]) => s);
  const changed = (changes: ReadonlyMap<string, number>): InputSpec[] =>
    toSpecs(templates, (s) => changes.get(s) ?? decided.get(s) ?? found.get(s) ?? 1);
  const batches = symbols('batch');
  const images = symbols('spatial');
  const alternatives: InputSpec[][][] = [];
  if (batches.length > 0) {
    const other = (batch: number): number => (batch === 1 ? 2 : batch - 1);
    alternatives.push([changed(new Map(batches.map((s) => [s, other(found.get(s) ?? 1)])))]);
  }
  if (images.length > 0) {
    const choices = otherLengths(found.get(images[0] ?? '') ?? 1);
    alternatives.push(
      choices.map((lengths) =>
        changed(new Map(images.map((s, i) => [s, lengths[i % lengths.length] ?? 1]))),
      ),
    );
  }
  return alternatives.map((choices) =>
    choices.filter((specs) => elementsOf(specs).every((count) => count <= mostElements)),
  );
}
