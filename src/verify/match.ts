import { accept, refuse, type Verdict } from '../errors.js';
import type { Dim } from '../ir/index.js';
import type { ValueInfo } from '../runtime/index.js';
import { type DataType, isFloat, Tensor, unitRoundoff } from '../tensor/index.js';

/** A value of the first model and the one of the second that stands for it. */
interface ValuePair {
  readonly a: ValueInfo;
  readonly b: ValueInfo;
}

export interface Interface {
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
}

/** How the inputs and outputs of two models correspond. */
export interface Correspondence {
  /** Inputs that both models accept, under the names of the first. */
  readonly inputs: readonly ValueInfo[];
  /** Names in the second model, by name in the first. */
  readonly inputNames: ReadonlyMap<string, string>;
  readonly outputNames: ReadonlyMap<string, string>;
  /** Inputs of another floating-point type in each model, by the name in the first: both get what both types can hold. */
  readonly casts: ReadonlyMap<string, { readonly a: DataType; readonly b: DataType }>;
  readonly notes: readonly string[];
}

interface Pairing {
  readonly pairs: readonly ValuePair[];
  /** Said when the names differ and the order decides. */
  readonly notes: readonly string[];
}

const list = (values: readonly ValueInfo[]): string =>
  values.length === 0 ? 'none' : values.map(({ name }) => `'${name}'`).join(', ');

/** By name, or by position where the counts are equal but the names are not. */
function pair(
  kind: 'input' | 'output',
  a: readonly ValueInfo[],
  b: readonly ValueInfo[],
): Verdict<Pairing> {
  if (a.length !== b.length) {
    return refuse(`the models have different ${kind}s: ${list(a)} and ${list(b)}`);
  }
  const byName = new Map(b.map((value) => [value.name, value]));
  if (a.every(({ name }) => byName.has(name))) {
    const pairs = a.map((value) => ({ a: value, b: byName.get(value.name) as ValueInfo }));
    return accept({ pairs, notes: [] });
  }
  const pairs = a.map((value, i) => ({ a: value, b: b[i] as ValueInfo }));
  return accept({ pairs, notes: [`${kind}s are matched by position: ${list(a)} to ${list(b)}`] });
}

const text = (shape: readonly Dim[]): string => `[${shape.map((dim) => dim ?? '?').join(', ')}]`;

/** The type whose numbers both types can hold, null where they do not go together. */
function commonType(a: DataType, b: DataType): DataType | null {
  if (a === b) return a;
  if (!isFloat(a) || !isFloat(b)) return null;
  return unitRoundoff(a) > unitRoundoff(b) ? a : b;
}

/** The input that both models accept: a length that one leaves open is that of the other. */
function unify({ a, b }: ValuePair): Verdict<ValueInfo> {
  if (a.type === null || b.type === null) return accept(a);
  const dtype = commonType(a.type.dtype, b.type.dtype);
  const { shape } = a.type;
  if (dtype === null) {
    return refuse(
      `input '${a.name}' is ${a.type.dtype} in one model and ${b.type.dtype} in the other`,
    );
  }
  const other = b.type.shape;
  if (shape === null || other === null) {
    return accept({ name: a.name, type: { dtype, shape: shape ?? other } });
  }
  const merged = shape.map((dim, i) => {
    const twin = other[i];
    if (typeof twin !== 'number') return dim;
    return typeof dim === 'number' && dim !== twin ? undefined : twin;
  });
  if (shape.length !== other.length || merged.includes(undefined)) {
    return refuse(
      `input '${a.name}' is ${text(shape)} in one model and ${text(other)} in the other`,
    );
  }
  return accept({ name: a.name, type: { dtype, shape: merged as Dim[] } });
}

const nameMap = (pairs: readonly ValuePair[]): Map<string, string> =>
  new Map(pairs.map(({ a, b }) => [a.name, b.name]));

function castsOf(pairs: readonly ValuePair[]): Correspondence['casts'] {
  const casts = new Map<string, { readonly a: DataType; readonly b: DataType }>();
  for (const { a, b } of pairs) {
    const [x, y] = [a.type?.dtype, b.type?.dtype];
    if (x && y && x !== y) casts.set(a.name, { a: x, b: y });
  }
  return casts;
}

/** Inputs as one of the models takes them: under its names and of its types. */
export function inputsFor(
  side: 'a' | 'b',
  inputs: ReadonlyMap<string, Tensor>,
  { inputNames, casts }: Pick<Correspondence, 'inputNames' | 'casts'>,
): Map<string, Tensor> {
  return new Map(
    [...inputs].map(([name, tensor]) => {
      const dtype = casts.get(name)?.[side] ?? tensor.dtype;
      return [side === 'a' ? name : (inputNames.get(name) ?? name), castFloats(tensor, dtype)];
    }),
  );
}

/** Rounds to another floating-point type. */
export const castFloats = (tensor: Tensor, dtype: DataType): Tensor =>
  dtype === tensor.dtype ? tensor : Tensor.fromNumbers(dtype, tensor.dims, tensor.toFloats());

/** Decides which values of two models to compare, or says why they cannot be compared. */
export function matchInterfaces(a: Interface, b: Interface): Verdict<Correspondence> {
  const inputs = pair('input', a.inputs, b.inputs);
  if (!inputs.ok) return inputs;
  const outputs = pair('output', a.outputs, b.outputs);
  if (!outputs.ok) return outputs;
  const unified: ValueInfo[] = [];
  for (const candidate of inputs.value.pairs) {
    const input = unify(candidate);
    if (!input.ok) return input;
    unified.push(input.value);
  }
  return accept({
    inputs: unified,
    inputNames: nameMap(inputs.value.pairs),
    outputNames: nameMap(outputs.value.pairs),
    casts: castsOf(inputs.value.pairs),
    notes: [...inputs.value.notes, ...outputs.value.notes],
  });
}
