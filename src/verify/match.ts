import { accept, refuse, type Verdict } from '../errors.js';
import type { Dim } from '../ir/index.js';
import type { ValueInfo } from '../runtime/index.js';

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

/** The input that both models accept: a length that one leaves open is that of the other. */
function unify({ a, b }: ValuePair): Verdict<ValueInfo> {
  if (a.type === null || b.type === null) return accept(a);
  const { dtype, shape } = a.type;
  if (dtype !== b.type.dtype) {
    return refuse(`input '${a.name}' is ${dtype} in one model and ${b.type.dtype} in the other`);
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
    notes: [...inputs.value.notes, ...outputs.value.notes],
  });
}
