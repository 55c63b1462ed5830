import { ReparamError } from '../../errors.js';
import type { Dim } from '../../ir/index.js';
import type { ValueInfo } from '../../runtime/index.js';
import type { DataType } from '../../tensor/index.js';
import type { ImageTarget } from '../images/image-tensor.js';
import { quoted, typeText } from '../text.js';

/** An input of the model, its open lengths decided where the user has decided them. */
export interface ExpectedInput {
  readonly name: string;
  readonly dtype: DataType;
  /** Null when not even the rank is known. */
  readonly shape: readonly Dim[] | null;
}

/** Shapes by input name. */
export type GivenShapes = ReadonlyMap<string, readonly number[]>;

export const usageError = (message: string, hint?: string): ReparamError =>
  new ReparamError('usage', message, hint === undefined ? {} : { hint });

export const nameList = (inputs: readonly { readonly name: string }[]): string =>
  quoted(inputs.map(({ name }) => name));

/** A length that is known. */
export const fixedLength = (dim: Dim | undefined): number | null =>
  typeof dim === 'number' ? dim : null;

export const isOpen = (dim: Dim | undefined): boolean => dim === null || typeof dim === 'string';

function decided(name: string, shape: readonly Dim[] | null, given: readonly number[]): Dim[] {
  if (shape === null) return [...given];
  const fits =
    shape.length === given.length && shape.every((dim, i) => isOpen(dim) || dim === given[i]);
  if (fits) return [...given];
  const expected = shape.map((dim) => dim ?? '?').join(', ');
  throw usageError(
    `the shape ${given.join('x')} does not fit input '${name}' of shape [${expected}]`,
  );
}

/**
 * What the files of the user must become.
 * @throws ReparamError for inputs that no file can give, and for shapes that do not fit.
 */
export function expectedInputs(
  inputs: readonly ValueInfo[],
  shapes: GivenShapes,
): readonly ExpectedInput[] {
  for (const name of shapes.keys()) {
    if (inputs.some((input) => input.name === name)) continue;
    throw usageError(
      `a shape is given for '${name}', but the inputs of the model are ${nameList(inputs)}`,
    );
  }
  return inputs.map(({ name, type }) => {
    if (type === null || type.dtype === 'string') {
      const what = type === null ? 'no tensor' : 'a tensor of text';
      throw usageError(`input '${name}' is ${what}, which cannot be read from files`);
    }
    const given = shapes.get(name);
    const shape = given ? decided(name, type.shape, given) : type.shape;
    if (shape?.some((dim) => dim === 0)) {
      throw usageError(`input '${name}' is ${typeText(type.dtype, shape)}, which has no elements`);
    }
    return { name, dtype: type.dtype, shape };
  });
}

const isImageChannels = (dim: Dim | undefined): dim is 1 | 3 => dim === 1 || dim === 3;

/**
 * How an image enters an input of shape [N, C, H, W], [N, H, W, C], or one of these without the batch: the channels are
 * where there is a 1 or a 3, first if both could be, and 3 where their number is open.
 * @throws ReparamError for inputs that take no images.
 */
export function imageTarget({ name, dtype, shape }: ExpectedInput): ImageTarget {
  const refusal = (why: string) => usageError(`input '${name}' takes no images: ${why}`);
  if (shape === null) throw usageError(`the rank of input '${name}' is not known: give its shape`);
  if (shape.length !== 3 && shape.length !== 4) {
    throw refusal(`its shape is ${typeText(dtype, shape)}`);
  }
  if (dtype === 'int8' || dtype === 'bool') throw refusal(`its type is ${dtype}`);
  const [first, middle, last] = shape.slice(-3);
  if (isImageChannels(first) || (isOpen(first) && !isImageChannels(last))) {
    return {
      dtype,
      channels: isImageChannels(first) ? first : 3,
      channelsLast: false,
      height: fixedLength(middle),
      width: fixedLength(last),
    };
  }
  if (!isImageChannels(last) && !isOpen(last)) {
    throw refusal(`${typeText(dtype, shape)} has neither 1 nor 3 channels`);
  }
  return {
    dtype,
    channels: isImageChannels(last) ? last : 3,
    channelsLast: true,
    height: fixedLength(first),
    width: fixedLength(middle),
  };
}
