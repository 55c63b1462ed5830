import { accept, refuse, type Verdict } from '../errors.js';
import {
  type Attribute,
  type Graph,
  int,
  ints,
  Node,
  type TensorType,
  Value,
} from '../ir/index.js';
import {
  type AffineMap,
  addInto,
  finestGroup,
  type Kernel,
  kernelReach,
  padsBegin,
  padsEnd,
  pointWindow,
  readsLastAxis,
  tapIndices,
  type Window,
  withoutNegativePads,
  zeroKernel,
} from '../linear/index.js';
import { type DataType, elementCount, Tensor } from '../tensor/index.js';

/** A merged map as ONNX will hold it: weights rounded once, in the operator's own layout. */
export interface Merged {
  readonly opType: 'Conv' | 'ConvTranspose' | 'Gemm' | 'MatMul';
  readonly attributes: Map<string, Attribute>;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly group: number;
  /** Permutation for a Transpose after the operator, null for none. */
  readonly frame: readonly number[] | null;
  /** Set where the operator works on blocks of elements: their length, and the shape to give the result. */
  readonly blocks: { readonly length: number; readonly shape: readonly number[] } | null;
  readonly rounding: Rounding;
}

/** What one rounding to the model's type cost. */
export interface Rounding {
  /** Largest |weight|. */
  readonly maxWeight: number;
  /** Largest row sum of |rounded − exact| weights: the error an input of magnitude 1 can cause. */
  readonly weightError: number;
  /** Largest |rounded − exact| bias. */
  readonly biasError: number;
  /** Largest row sum of |weights|. */
  readonly gain: number;
}

/** Rounds a kernel and lays it out as an ONNX operator; refuses what that operator or type cannot hold. */
export function toOperator(
  map: AffineMap,
  kernel: Kernel,
  { dtype, shape }: TensorType,
  label: string,
): Verdict<Merged> {
  const fitted = fitWindows(map, kernel);
  const dense = map.axes.length === 0 && map.layout !== 'flat';
  const group = dense ? 1 : finestGroup(kernelReach(fitted.kernel), map.inputs);
  const exact = regroup(fitted.kernel, group);
  const weight = Tensor.fromNumbers(
    dtype,
    [exact.outputs, exact.inputs / group, ...exact.size],
    exact.data,
  );
  const biasValues = map.shift().bias;
  const bias = map.biased ? Tensor.fromNumbers(dtype, [map.outputs], biasValues) : null;
  const rounding = measureRounding(exact, weight, biasValues, bias);
  if (!Number.isFinite(rounding.gain + rounding.biasError)) {
    return refuse(`a merged weight is not a finite ${dtype}`, label);
  }
  const common = { group, frame: map.frame, blocks: null, rounding, bias };
  if (map.layout === 'flat') {
    const resulting = (shape ?? []).map((dim) => (typeof dim === 'number' ? dim : -1));
    if (!shape || resulting.filter((dim) => dim < 0).length > 1) {
      return refuse('the shape of its result varies in several axes', label);
    }
    const points = [pointWindow, pointWindow];
    const blocks = new Tensor(dtype, [map.outputs, map.inputs / group, 1, 1], weight.bytes);
    return accept({
      ...common,
      opType: 'Conv',
      attributes: convAttributes(points, group),
      weight: blocks,
      blocks: { length: map.inputs, shape: resulting },
    });
  }
  // Gemm needs a bias before opset 11; without one MatMul says the same.
  if (readsLastAxis(map) || (map.axes.length === 0 && !map.biased)) {
    return accept({
      ...common,
      opType: 'MatMul',
      attributes: new Map(),
      weight: transposed(exact, dtype),
    });
  }
  if (map.axes.length === 0) {
    return accept({ ...common, opType: 'Gemm', attributes: new Map([['transB', int(1)]]), weight });
  }
  if (!map.transposed) {
    return accept({
      ...common,
      opType: 'Conv',
      attributes: convAttributes(fitted.axes, group),
      weight,
    });
  }
  return transposedConv(fitted.axes, exact, dtype, common, label);
}

function measureRounding(
  exact: Kernel,
  weight: Tensor,
  bias: Float64Array,
  roundedBias: Tensor | null,
): Rounding {
  const rounded = weight.toFloats();
  const row = exact.data.length / Math.max(1, exact.outputs);
  let maxWeight = 0;
  let weightError = 0;
  let gain = 0;
  for (let o = 0; o < exact.outputs; o++) {
    let error = 0;
    let sum = 0;
    for (let i = o * row; i < (o + 1) * row; i++) {
      const w = Math.abs(rounded[i] as number);
      error += Math.abs((rounded[i] as number) - (exact.data[i] as number));
      sum += w;
      if (w > maxWeight) maxWeight = w;
    }
    // Math.max lets a NaN survive, which no comparison would.
    weightError = Math.max(weightError, error);
    gain = Math.max(gain, sum);
  }
  const numbers = roundedBias?.toNumbers() ?? new Float64Array(bias.length);
  let biasError = 0;
  for (let o = 0; o < bias.length; o++) {
    const error = Math.abs((numbers[o] as number) - (bias[o] as number));
    biasError = Math.max(biasError, error);
  }
  return { maxWeight, weightError, biasError, gain };
}

/** Drops zero taps at the border and adds those that ONNX's non-negative pads need. */
function fitWindows(map: AffineMap, kernel: Kernel): { axes: Window[]; kernel: Kernel } {
  const axes = map.axes.map((w, axis) =>
    map.transposed ? w : withoutNegativePads(trim(w, kernel, axis)),
  );
  const size = axes.map((w) => w.size);
  const same = axes.every(
    (w, i) => w.offset === map.axes[i]?.offset && w.size === map.axes[i]?.size,
  );
  if (same) return { axes, kernel };
  return { axes, kernel: regrid(kernel, map.axes, axes, size) };
}

/** Moves the taps that two grids share; taps of the old grid alone are zero. */
function regrid(
  kernel: Kernel,
  from: readonly Window[],
  to: readonly Window[],
  size: readonly number[],
): Kernel {
  const target = zeroKernel(kernel.outputs, kernel.inputs, kernel.group, size);
  const volumeFrom = elementCount(kernel.size);
  const volumeTo = elementCount(size);
  const rows = kernel.data.length / volumeFrom;
  const place = sharedTaps(from, to);
  for (let row = 0; row < rows; row++) {
    for (let t = 0; t < volumeFrom; t++) {
      const at = place[t] as number;
      if (at >= 0) target.data[row * volumeTo + at] = kernel.data[row * volumeFrom + t] as number;
    }
  }
  return target;
}

/** For each tap of the old grid its index in the new one, −1 where the new one leaves it out. */
function sharedTaps(from: readonly Window[], to: readonly Window[]): number[] {
  let places: number[] = [0];
  for (const [axis, w] of from.entries()) {
    const target = to[axis] as Window;
    places = places.flatMap((base) =>
      Array.from({ length: w.size }, (_, t) => {
        const at = (w.offset + t * w.dilation - target.offset) / target.dilation;
        const inside = base >= 0 && Number.isInteger(at) && at >= 0 && at < target.size;
        return inside ? base * target.size + at : -1;
      }),
    );
  }
  return places;
}

function trim(w: Window, kernel: Kernel, axis: number): Window {
  const used = usedTaps(kernel, axis);
  const first = used.indexOf(true);
  if (first < 0) return w;
  let begin = first;
  let end = w.size - 1 - used.lastIndexOf(true);
  // Pads may shrink to zero, not below.
  begin = Math.min(begin, Math.max(0, Math.floor(padsBegin(w) / w.dilation)));
  end = Math.min(end, Math.max(0, Math.floor(padsEnd(w) / w.dilation)));
  return { ...w, offset: w.offset + begin * w.dilation, size: w.size - begin - end };
}

function usedTaps(kernel: Kernel, axis: number): boolean[] {
  const length = kernel.size[axis] as number;
  const inner = elementCount(kernel.size.slice(axis + 1));
  const used = Array<boolean>(length).fill(false);
  let left = length;
  for (let i = 0; i < kernel.data.length && left > 0; i++) {
    if (kernel.data[i] === 0) continue;
    const t = Math.floor(i / inner) % length;
    if (!used[t]) left--;
    used[t] = true;
  }
  return used;
}

function regroup(kernel: Kernel, group: number): Kernel {
  if (kernel.group === group) return kernel;
  const target = zeroKernel(kernel.outputs, kernel.inputs, group, kernel.size);
  const zeros = kernel.size.map(() => 0);
  const unit = kernel.size.map(() => 1);
  addInto(target, kernel, tapIndices(kernel.size, kernel.size, zeros, unit), 1);
  return target;
}

function transposed(kernel: Kernel, dtype: DataType): Tensor {
  const { inputs, outputs, data } = kernel;
  const values = new Float64Array(data.length);
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) values[i * outputs + o] = data[o * inputs + i] as number;
  }
  return Tensor.fromNumbers(dtype, [inputs, outputs], values);
}

function convAttributes(axes: readonly Window[], group: number): Map<string, Attribute> {
  return new Map([
    ['dilations', ints(axes.map((w) => w.dilation))],
    ['group', int(group)],
    ['kernel_shape', ints(axes.map((w) => w.size))],
    ['pads', ints([...axes.map(padsBegin), ...axes.map(padsEnd)])],
    ['strides', ints(axes.map((w) => w.stride))],
  ]);
}

function transposedConv(
  axes: readonly Window[],
  exact: Kernel,
  dtype: DataType,
  common: Omit<Merged, 'opType' | 'attributes' | 'weight'>,
  label: string,
): Verdict<Merged> {
  const ends = axes.map((w) => w.dilation * (w.size - 1) + w.offset - w.extent);
  const outputPadding = ends.map((end) => Math.max(0, -end));
  const tooMuch = axes.some(
    (w, i) => w.offset > 0 || (outputPadding[i] as number) >= Math.max(w.stride, w.dilation),
  );
  if (tooMuch) return refuse('ConvTranspose cannot express the merged window', label);
  const attributes = convAttributes(axes, common.group);
  attributes.set(
    'pads',
    ints([...axes.map((w) => 0 - w.offset), ...ends.map((end) => Math.max(0, end))]),
  );
  attributes.set('output_padding', ints(outputPadding));
  return accept({
    ...common,
    opType: 'ConvTranspose',
    attributes,
    weight: inputsFirst(exact, dtype),
  });
}

/** `[Cout, Cin / group, …]` to ConvTranspose's `[Cin, Cout / group, …]`. */
function inputsFirst(kernel: Kernel, dtype: DataType): Tensor {
  const { group, inputs, outputs, size, data } = kernel;
  const volume = elementCount(size);
  const inputsPerGroup = inputs / group;
  const outputsPerGroup = outputs / group;
  const values = new Float64Array(data.length);
  for (let o = 0; o < outputs; o++) {
    const g = Math.floor(o / outputsPerGroup);
    for (let i = 0; i < inputsPerGroup; i++) {
      const from = (o * inputsPerGroup + i) * volume;
      const to = ((g * inputsPerGroup + i) * outputsPerGroup + (o % outputsPerGroup)) * volume;
      values.set(data.subarray(from, from + volume), to);
    }
  }
  return Tensor.fromNumbers(dtype, [inputs, outputsPerGroup, ...size], values);
}

/** Stores a constant in a graph under a name made from `base`, or finds the same constant there. */
export type Store = (graph: Graph, base: string, tensor: Tensor) => Value;

/** One summand of a region, ready to be written. */
export interface Part {
  readonly source: Value;
  /** Null when the source is added as it is. */
  readonly merged: Merged | null;
  readonly factor: 1 | -1;
}

/** Nodes that add up the parts; `output` is produced by the last of them. */
export function buildNodes(
  graph: Graph,
  parts: readonly Part[],
  output: Value,
  name: string,
  store: Store,
): Node[] {
  const base = name || output.name;
  const nodes: Node[] = [];
  let sum: Value | null = null;
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1;
    const alone = last && sum === null;
    // Broadcasting may make the sum larger than its terms.
    const fresh = alone ? output : new Value(graph.uniqueName(`${base}.term`));
    const term: Value = part.merged ? fresh : part.source;
    const suffix = parts.length > 1 ? `.${i + 1}` : '';
    if (part.merged)
      nodes.push(
        ...operatorNodes(graph, part.merged, part.source, term, name && name + suffix, store),
      );
    if (sum === null) {
      sum = term;
      continue;
    }
    const total: Value = last ? output : new Value(graph.uniqueName(`${base}.sum`));
    nodes.push(
      new Node(part.factor === 1 ? 'Add' : 'Sub', [sum, term], [total], {
        name: name && `${name}${suffix}.add`,
      }),
    );
    sum = total;
  }
  return nodes;
}

function operatorNodes(
  graph: Graph,
  merged: Merged,
  source: Value,
  output: Value,
  name: string,
  store: Store,
): Node[] {
  const base = name || output.name;
  const weight = store(graph, `${base}.weight`, merged.weight);
  const bias = merged.bias && store(graph, `${base}.bias`, merged.bias);
  const { opType, attributes, frame } = merged;
  const nodes: Node[] = [];
  const fresh = (what: string): Value => new Value(graph.uniqueName(`${base}.${what}`));
  const step = (
    type: string,
    inputs: Value[],
    to: Value,
    suffix: string,
    own: Node['attributes'],
  ): Value => {
    nodes.push(new Node(type, inputs, [to], { name: name && name + suffix, attributes: own }));
    return to;
  };
  const int64s = (what: string, dims: readonly number[]): Value =>
    store(graph, `${base}.${what}`, Tensor.int64s(dims));
  if (merged.blocks !== null) {
    const { length, shape } = merged.blocks;
    const rows = step(
      'Reshape',
      [source, int64s('blocks', [-1, length, 1, 1])],
      fresh('in'),
      '.in',
      new Map(),
    );
    const product = step(
      opType,
      bias ? [rows, weight, bias] : [rows, weight],
      fresh('out'),
      '',
      attributes,
    );
    step('Reshape', [product, int64s('shape', shape)], output, '.out', new Map());
    return nodes;
  }
  const between = (what: string): Value =>
    new Value(graph.uniqueName(`${base}.${what}`), frame ? null : output.type);
  const addsBias = opType === 'MatMul' && bias !== null;
  const inputs = bias && !addsBias ? [source, weight, bias] : [source, weight];
  let at = step(opType, inputs, addsBias || frame ? between('product') : output, '', attributes);
  if (addsBias)
    at = step('Add', [at, bias], frame ? between('biased') : output, '.bias', new Map());
  if (frame) step('Transpose', [at], output, '.transpose', new Map([['perm', ints(frame)]]));
  return nodes;
}
