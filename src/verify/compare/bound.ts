import {
  allGraphs,
  type Graph,
  inferTypes,
  type Model,
  type Node,
  type Types,
} from '../../ir/index.js';
import {
  type DataType,
  elementCount,
  isFloat,
  smallestNormal,
  unitRoundoff,
} from '../../tensor/index.js';

/**
 * How far two correct evaluations of the same function may be apart, by the statistical model of rounding errors
 * (Higham & Mary, SIAM J. Sci. Comput. 41(5), 2019): n roundings of unit roundoff u that behave as independent random
 * variables give a relative error of about √n·u instead of the worst case n·u. A layer that sums n products has n
 * of them, errors of different layers are independent too, so those of both models add up to √Σn·u. What the layers
 * behind do to an error is measured: `amplification` is the relative change of the output that a random relative
 * change of the input causes.
 */
export interface RoundingBound {
  /** The tolerance: safetyFactor · unitRoundoff · √roundings · amplification · magnitude + underflow. */
  readonly absolute: number;
  readonly safetyFactor: number;
  readonly unitRoundoff: number;
  /** Σn over the layers of both models. */
  readonly roundings: number;
  readonly amplification: number;
  /** Largest |output|. */
  readonly magnitude: number;
  /** What numbers too small for full precision may add. */
  readonly underflow: number;
}

/**
 * Measured errors of true pairs stay below 0.7 of the bound without the factor; the rest covers branches that
 * cancel, which an input perturbation does not show.
 */
const safetyFactor = 8;

export function roundingBound(
  parts: Omit<RoundingBound, 'absolute' | 'safetyFactor'>,
): RoundingBound {
  const { unitRoundoff: u, roundings, amplification, magnitude, underflow } = parts;
  const relative = safetyFactor * u * Math.sqrt(roundings) * amplification;
  return { absolute: relative * magnitude + underflow, safetyFactor, ...parts };
}

function weightDims(node: Node, types: Types): readonly number[] | null {
  const weight = node.inputs[1];
  const shape = weight ? types.of(weight)?.shape : null;
  return shape?.every((dim) => typeof dim === 'number') ? shape : null;
}

/** Number of products that one output element of `node` sums up; 1 where it is unknown or the node sums nothing. */
export function reductionLength(node: Node, types: Types): number {
  const weight = weightDims(node, types);
  if (weight === null || weight.length === 0) return 1;
  if (node.is('Conv')) return elementCount(weight.slice(1));
  // Weight [Cin, Cout/group, ...kernel]: every input channel of a group reaches an output element.
  if (node.is('ConvTranspose')) {
    const [inputs = 1, , ...kernel] = weight;
    return (inputs / node.int('group', 1)) * elementCount(kernel);
  }
  if (node.is('Gemm')) return weight[node.int('transB', 0) === 0 ? 0 : 1] ?? 1;
  if (node.is('MatMul')) return weight.at(-2) ?? weight[0] ?? 1;
  return 1;
}

/** Σ of the reduction lengths of all nodes, subgraphs included. */
export function totalReductionLength(model: Model): number {
  const types = inferTypes(model);
  let total = 0;
  for (const { nodes } of allGraphs(model.graph)) {
    for (const node of nodes) total += reductionLength(node, types);
  }
  return total;
}

/** What limits the accuracy of a model: the coarsest arithmetic that it uses. */
export interface Arithmetic {
  readonly unitRoundoff: number;
  /** Below it, numbers lose relative precision. */
  readonly smallestNormal: number;
}

/** A step to 8-bit integers and back loses what is below 1/256 of the range. */
const quantizedRoundoff = 2 ** -8;

function floatTypes(graph: Graph): DataType[] {
  const values = [...graph.inputs, ...graph.outputs, ...graph.initializers];
  return values.flatMap(({ type }) => (type && isFloat(type.dtype) ? [type.dtype] : []));
}

export function graphArithmetic(graph: Graph): Arithmetic {
  const graphs = [...allGraphs(graph)];
  const types = graphs.flatMap(floatTypes);
  const seen: readonly DataType[] = types.length === 0 ? ['float32'] : types;
  const quantized = graphs.some(({ nodes }) =>
    nodes.some((node) => node.is('QuantizeLinear', 'DynamicQuantizeLinear')),
  );
  const roundoffs = seen.map(unitRoundoff);
  return {
    unitRoundoff: Math.max(...roundoffs, quantized ? quantizedRoundoff : 0),
    smallestNormal: Math.max(...seen.map(smallestNormal)),
  };
}
