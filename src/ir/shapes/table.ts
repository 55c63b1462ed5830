import {
  byteLength,
  type DataType,
  dataTypes,
  elementCount,
  type Tensor,
} from '../../tensor/index.js';
import type { Dim, TensorType, Value } from '../value.js';
import { isKnown, maxElements, sanitize } from './dims.js';

/** What is known about the tensors of a model. */
export interface Types {
  /** Element type and shape; null when nothing is known. */
  of(value: Value): TensorType | null;
  /**
   * Elements, in row-major order, of an integer or bool tensor of at most 4096 elements (a scalar is one element):
   * numbers, symbols (lengths that came from a shape) or null; null when no element is known.
   */
  integers(value: Value): readonly Dim[] | null;
  /** Like {@link integers}, for floats too, of at most 64 elements. */
  elements(value: Value): readonly Dim[] | null;
}

/** Floats matter as scales and as lengths that are scaled: few at a time. */
const maxFloats = 64;

/** Elements computed over the whole model: it bounds the time and memory that a hostile graph can claim. */
const elementBudget = 1 << 22;

const isWhole = (dtype: DataType): boolean =>
  dataTypes[dtype].kind === 'int' || dataTypes[dtype].kind === 'bool';

/** Types by value, filled while a model is walked. */
export class TypeTable implements Types {
  readonly #types = new Map<Value, TensorType | null>();
  readonly #elements = new Map<Value, readonly Dim[] | null>();
  #budget = elementBudget;

  of(value: Value): TensorType | null {
    const { constant } = value;
    if (constant) return sanitize({ dtype: constant.dtype, shape: constant.dims });
    return this.#types.get(value) ?? value.type;
  }

  integers(value: Value): readonly Dim[] | null {
    const type = this.of(value);
    return type && isWhole(type.dtype) ? this.elements(value) : null;
  }

  elements(value: Value): readonly Dim[] | null {
    const known = this.#elements.get(value);
    if (known !== undefined || !value.constant) return known ?? null;
    const read = readElements(value.constant);
    this.#elements.set(value, read);
    return read;
  }

  setType(value: Value, type: TensorType | null): void {
    this.#types.set(value, type);
  }

  /** False once so many elements have been computed that another `count` would exceed the budget. */
  affords(count: number): boolean {
    return count <= this.#budget;
  }

  /** Keeps elements that fit the type of `value`. */
  setElements(value: Value, elements: readonly Dim[]): void {
    const dims = smallDims(this.of(value));
    if (dims === null || elements.length !== elementCount(dims)) return;
    this.#budget -= elements.length;
    if (elements.length > 0 && elements.every((element) => element === null)) return;
    this.#elements.set(value, elements);
  }
}

/** The lengths of a tensor whose elements are few enough to be propagated. */
export function smallDims(type: TensorType | null): readonly number[] | null {
  const shape = type?.shape;
  if (!shape || !isKnown(shape)) return null;
  const limit = isWhole(type.dtype) ? maxElements : maxFloats;
  return elementCount(shape) <= limit ? shape : null;
}

/** Elements of a small constant, or null when it is large, unreadable or shorter than it claims. */
export function readElements(tensor: Tensor): readonly number[] | null {
  if (smallDims({ dtype: tensor.dtype, shape: tensor.dims }) === null) return null;
  try {
    if (tensor.bytes.byteLength < byteLength(tensor.dtype, tensor.size)) return null;
    return [...tensor.toNumbers()];
  } catch {
    // No numbers, or external data that is missing: whoever needs them reports it, here they are just unknown.
    return null;
  }
}
