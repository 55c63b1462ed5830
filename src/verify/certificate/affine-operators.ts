import { constantNodeTensor, type Node, type Types, type Value } from '../../ir/index.js';
import { isFloat } from '../../tensor/index.js';

/** Positions of inputs in which an operator is affine together, as long as the others do not vary. */
type Inputs = readonly number[] | 'all' | 'any one';

const first: Inputs = [0];

/** What each operator is affine in, from its definition in the ONNX operator set. */
const operators: Readonly<Record<string, Inputs>> = {
  Add: 'all',
  AveragePool: first,
  BatchNormalization: first,
  Cast: first,
  // Of its second input it takes the type alone.
  CastLike: 'all',
  CenterCropPad: first,
  Concat: 'all',
  Conv: first,
  ConvTranspose: first,
  DepthToSpace: first,
  Div: first,
  Dropout: first,
  Expand: first,
  Flatten: first,
  Gather: first,
  GatherElements: first,
  GatherND: first,
  Gemm: [0, 2],
  Identity: first,
  LeakyRelu: first,
  MatMul: 'any one',
  Mean: 'all',
  Mul: 'any one',
  Neg: first,
  PRelu: first,
  Pad: first,
  Reshape: first,
  ScatterElements: [0, 2],
  ScatterND: [0, 2],
  Slice: first,
  SpaceToDepth: first,
  Split: first,
  Squeeze: first,
  Sub: 'all',
  Sum: 'all',
  Tile: first,
  Transpose: first,
  Unsqueeze: first,
  Where: [1, 2],
};

/** Operators that can be affine in what varies: merging may change their number, but not that of all others. */
export const affineOpTypes: ReadonlySet<string> = new Set(Object.keys(operators));

/**
 * True when the results of a node are an affine function of those of its inputs that vary.
 * @param varies whether the elements of a value depend on those of the region's sources
 */
export function isAffine(node: Node, varies: (value: Value) => boolean, types: Types): boolean {
  const allowed = node.domain === '' ? operators[node.opType] : undefined;
  if (allowed === undefined || node.int('training_mode', 0) !== 0) return false;
  // ScatterND and ScatterElements may multiply, or keep the larger one.
  if (!['none', 'add'].includes(node.string('reduction', 'none'))) return false;
  if (node.is('LeakyRelu', 'PRelu') && !hasUnitSlope(node)) return false;
  // A Cast to integers rounds.
  const exact = node.results.every((result) => isFloat(types.of(result)?.dtype ?? 'float32'));
  const varying = [...node.inputs.keys()].filter((i) => {
    const input = node.inputs[i];
    return input && varies(input);
  });
  if (allowed === 'all') return exact;
  if (allowed === 'any one') return exact && varying.length === 1;
  return exact && varying.every((i) => allowed.includes(i));
}

/** A rectifier of slope 1 hands on its input. */
function hasUnitSlope(node: Node): boolean {
  if (node.is('LeakyRelu')) return node.float('alpha', 0.01) === 1;
  const slope = node.inputs[1];
  const producer = slope?.producer;
  const tensor = producer?.is('Constant') ? constantNodeTensor(producer) : slope?.constant;
  return tensor?.toNumbers().every((value) => value === 1) ?? false;
}
