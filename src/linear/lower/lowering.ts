import { accept, refuse, type Verdict } from '../../errors.js';
import type { Dim, Node, Value } from '../../ir/index.js';
import { type DataType, elementCount, isFloat, type Tensor } from '../../tensor/index.js';
import type { AffineMap } from '../affine.js';
import { repeatEach } from '../flat.js';
import { outputLength, type Window } from '../window.js';

/** What a lowering may ask about the graph. */
export interface LoweringContext {
  /** Version of the ONNX operator set. */
  readonly opset: number;
  /** Data of a value that does not depend on the model's inputs, null for any other. */
  constant(value: Value | null | undefined): Tensor | null;
  shape(value: Value): readonly Dim[] | null;
  dtype(value: Value): DataType | null;
}

/** An operator as an affine map of some of its operands; `apply` takes one map an operand, all of one source. */
export interface Lowered {
  readonly operands: readonly Value[];
  apply(maps: readonly AffineMap[]): Verdict<AffineMap>;
}

/** One operator, or a family that shares a rule. */
export interface LinearOp {
  readonly opTypes: readonly string[];
  /** The rule in a line, for the documentation. */
  readonly rule: string;
  readonly conditions: string;
  /** @param output index of the node's output that is asked for */
  lower(node: Node, output: number, context: LoweringContext): Verdict<Lowered>;
}

/** An operator with one data operand. */
export const unary = (
  operand: Value,
  apply: (map: AffineMap) => Verdict<AffineMap>,
): Verdict<Lowered> =>
  accept({ operands: [operand], apply: (maps) => apply(maps[0] as AffineMap) });

/** The node's first input, if it is there, varies, and is a float tensor. */
export function dataOperand(node: Node, context: LoweringContext, index = 0): Verdict<Value> {
  const value = node.inputs[index];
  if (!value) return refuse('an input is missing', node.label);
  const dtype = context.dtype(value);
  if (dtype === null || !isFloat(dtype)) {
    return refuse(`it works on ${dtype ?? 'an unknown type'}, not on floats`, node.label);
  }
  return accept(value);
}

/** The constant at an input. */
export function constantOperand(
  node: Node,
  context: LoweringContext,
  index: number,
  what: string,
): Verdict<Tensor> {
  const tensor = context.constant(node.inputs[index]);
  if (tensor) return accept(tensor);
  return refuse(`its ${what} depends on the model's inputs`, node.label);
}

/** Length of a map's output along one spatial axis, null where the source's length varies. */
export function lengthOf(map: AffineMap, axis: number): number | null {
  const length = map.lengths[axis] ?? null;
  if (length === null) return null;
  const window = map.axes[axis] as Window;
  if (!map.transposed) return outputLength(window, length);
  return window.stride * (length - 1) + 1 + window.extent;
}

/** Channels and lengths of the blocks that a flat map works on, where the value has the shape of images. */
export function imageOf(
  shape: readonly Dim[] | null,
  map: AffineMap,
): { readonly channels: number; readonly spatial: readonly number[] } | null {
  const [, ...dims] = shape ?? [];
  if (!dims.every((dim) => typeof dim === 'number') || dims.length === 0) return null;
  const [channels = 1, ...spatial] = dims as number[];
  return elementCount(dims as number[]) === map.outputs ? { channels, spatial } : null;
}

/**
 * A constant that broadcasts against a map's output as one number a channel (an element, for flat maps).
 * @param shape of the value that the constant meets
 */
export function perChannel(
  tensor: Tensor,
  shape: readonly Dim[] | null,
  map: AffineMap,
  label: string,
): Verdict<() => Float64Array> {
  const { dims } = tensor;
  const rank = shape?.length ?? 0;
  if (map.layout === 'flat') return perElement(tensor, shape, map, label);
  const channelAxis = map.layout === 'channels-first' ? 1 : rank - 1;
  const lead = rank - dims.length;
  if (lead < 0) return refuse('its constant has more axes than its input', label);
  for (const [i, dim] of dims.entries()) {
    const axis = i + lead;
    if (dim === 1) continue;
    if (axis === channelAxis) {
      if (dim !== map.outputs) return refuse('its constant widens the channels', label);
      continue;
    }
    const spatial = map.layout === 'channels-first' && axis >= 2 ? lengthOf(map, axis - 2) : null;
    if (spatial !== dim) return refuse('its constant is not one number a channel', label);
  }
  const channelDim = channelAxis >= lead ? (dims[channelAxis - lead] ?? 1) : 1;
  const inner = dims.slice(channelAxis - lead + 1).reduce((a, b) => a * b, 1);
  const varies = tensor.size !== channelDim;
  if (varies && !isUniform(tensor, channelDim, inner)) {
    return refuse('its constant is not one number a channel', label);
  }
  return accept(() => {
    const numbers = tensor.toNumbers();
    const out = new Float64Array(map.outputs);
    for (let c = 0; c < out.length; c++) {
      out[c] = numbers[channelDim === 1 ? 0 : c * inner] as number;
    }
    return out;
  });
}

/** A constant broadcast over the blocks of a flat map. */
function perElement(
  tensor: Tensor,
  shape: readonly Dim[] | null,
  map: AffineMap,
  label: string,
): Verdict<() => Float64Array> {
  const fill = (): Float64Array =>
    new Float64Array(map.outputs).fill(tensor.toNumbers()[0] as number);
  if (tensor.size === 1) return accept(fill);
  const image = imageOf(shape, map);
  const channels = tensor.dims.at(-1 - (image?.spatial.length ?? 0));
  if (!image || tensor.size !== image.channels || channels !== image.channels) {
    return refuse('its constant is not one number a channel', label);
  }
  return accept(() => repeatEach(tensor.toNumbers(), elementCount(image.spatial)));
}

/** True when every element equals the first one of its channel. */
function isUniform(tensor: Tensor, channels: number, inner: number): boolean {
  const numbers = tensor.toNumbers();
  return numbers.every((value, i) => {
    const channel = Math.floor(i / inner) % channels;
    return value === numbers[channel * inner];
  });
}
