import { inferTypes, type Model, type Node, type Value } from '../ir/index.js';
import { isFloat } from '../tensor/index.js';
import type { ConvWindow } from './window.js';

/** A convolution whose gradient has positions that can be scaled. */
export interface SpatialConv extends ConvWindow {
  readonly node: Node;
  /** Name of the initializer [outputs, inputs ÷ group, ...kernel]. Several convolutions may share it. */
  readonly weight: string;
  /** [N, C, ...spatial] */
  readonly input: Value;
  readonly group: number;
}

/**
 * The convolutions of a model, in its order, that have more than one tap, a weight of their own (an initializer that they
 * read directly), and an input that depends on what the model is fed. A weight that several of them share appears with
 * each of them. Bodies of If, Loop and Scan are left out.
 */
export function spatialConvs(model: Model): SpatialConv[] {
  const types = inferTypes(model);
  const fed = fedValues(model);
  return model.graph.nodes.flatMap((node) => {
    const [input, weight] = node.inputs;
    const tensor = weight?.constant;
    if (!node.is('Conv') || !input || !fed.has(input) || !weight || !tensor) return [];
    const kernel = tensor.dims.slice(2);
    if (!isFloat(tensor.dtype) || kernel.every((taps) => taps === 1)) return [];
    const window = windowOf(node, kernel, types.of(input)?.shape?.slice(2) ?? []);
    return [{ node, weight: weight.name, input, group: node.int('group', 1), ...window }];
  });
}

/** Values that depend on what the model is fed. */
function fedValues({ graph }: Model): Set<Value> {
  const fed = new Set(graph.inputs.filter((input) => !input.constant));
  for (const node of graph.nodes) {
    const depends = node.subgraphs.length > 0 || node.operands.some((value) => fed.has(value));
    if (depends) for (const result of node.results) fed.add(result);
  }
  return fed;
}

function windowOf(node: Node, kernel: readonly number[], spatial: readonly unknown[]): ConvWindow {
  const ones = kernel.map(() => 1);
  const strides = node.ints('strides') ?? ones;
  const dilations = node.ints('dilations') ?? ones;
  const auto = node.string('auto_pad', 'NOTSET');
  const shape = { kernel, strides, dilations };
  if (auto !== 'SAME_UPPER' && auto !== 'SAME_LOWER') {
    const pads = auto === 'VALID' ? null : node.ints('pads');
    const zeros = kernel.map(() => 0);
    const padsBegin = pads?.slice(0, kernel.length) ?? zeros;
    return { ...shape, padsBegin, padsEnd: pads?.slice(kernel.length) ?? zeros };
  }
  const totals = kernel.map((taps, axis) => {
    const stride = strides[axis] as number;
    const extent = (dilations[axis] as number) * (taps - 1) + 1;
    const length = spatial[axis];
    // A length that is not known is taken for a multiple of the stride.
    const rest = typeof length === 'number' ? length % stride || stride : stride;
    return Math.max(0, extent - rest);
  });
  const small = totals.map((total) => Math.floor(total / 2));
  const large = totals.map((total) => Math.ceil(total / 2));
  return auto === 'SAME_UPPER'
    ? { ...shape, padsBegin: small, padsEnd: large }
    : { ...shape, padsBegin: large, padsEnd: small };
}
