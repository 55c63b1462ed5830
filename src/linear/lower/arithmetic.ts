import { accept, refuse, type Verdict } from '../../errors.js';
import type { Dim, Node, Value } from '../../ir/index.js';
import type { Tensor } from '../../tensor/index.js';
import type { AffineMap } from '../affine.js';
import { sumMaps } from '../combine.js';
import { compose } from '../compose.js';
import { diagonalStep, ones } from './diagonal.js';
import {
  dataOperand,
  type LinearOp,
  type Lowered,
  type LoweringContext,
  perChannel,
  unary,
} from './lowering.js';

/** Add, Sub, Sum, Mean: a constant operand shifts the bias, others are branches. */
export const addition: LinearOp = {
  opTypes: ['Add', 'Sub', 'Sum', 'Mean'],
  rule: 'sum of the kernels, taps aligned by pads',
  conditions: 'same stride and output window; constants one number a channel',
  lower(node, _output, context) {
    const branches: Value[] = [];
    const factors: number[] = [];
    const constants: { readonly tensor: Tensor; readonly factor: number }[] = [];
    const share = node.opType === 'Mean' ? 1 / node.inputs.length : 1;
    for (const [i, input] of node.inputs.entries()) {
      const factor = node.opType === 'Sub' && i === 1 ? -1 : share;
      const tensor = context.constant(input);
      if (tensor) {
        constants.push({ tensor, factor });
        continue;
      }
      const operand = dataOperand(node, context, i);
      if (!operand.ok) return operand;
      branches.push(operand.value);
      factors.push(factor);
    }
    if (branches.length === 0) return refuse('it is constant', node.label);
    const shape = context.shape(branches[0] as Value);
    if (branches.some((b) => context.shape(b)?.length !== shape?.length)) {
      return refuse('its branches have different ranks', node.label);
    }
    return accept({
      operands: branches,
      apply: (maps) => {
        // Elements in memory order meet one to one only where nothing broadcasts.
        if (maps[0]?.layout === 'flat' && branches.some((b) => !sameShape(context.shape(b), shape)))
          return refuse('its branches have different shapes', node.label);
        let result = addBranches(node, maps, factors);
        for (const { tensor, factor } of constants) {
          if (!result.ok) return result;
          result = addConstant(node, result.value, shape, tensor, factor);
        }
        return result;
      },
    });
  },
};

const sameShape = (a: readonly Dim[] | null, b: readonly Dim[] | null): boolean =>
  a !== null && b !== null && a.every((dim, axis) => axis === 0 || dim === b[axis]);

function addBranches(
  node: Node,
  maps: readonly AffineMap[],
  factors: readonly number[],
): Verdict<AffineMap> {
  const first = maps[0] as AffineMap;
  if (maps.length === 1) {
    return factors[0] === 1 ? accept(first) : scaled(node, first, factors[0] as number);
  }
  return sumMaps(
    maps.map((map, i) => ({ map, factor: factors[i] as number })),
    node.label,
  );
}

const scaled = (node: Node, map: AffineMap, factor: number): Verdict<AffineMap> =>
  compose(
    diagonalStep(map, node.label, () => new Float64Array(map.outputs).fill(factor), null),
    map,
  );

function addConstant(
  node: Node,
  map: AffineMap,
  shape: readonly Dim[] | null,
  tensor: Tensor,
  factor: number,
): Verdict<AffineMap> {
  const vector = perChannel(tensor, shape, map, node.label);
  if (!vector.ok) return vector;
  const shift = (): Float64Array => vector.value().map((value) => factor * value);
  return compose(
    diagonalStep(map, node.label, () => ones(map.outputs), shift),
    map,
  );
}

/** Mul, Div by a constant, Neg. */
export const scaling: LinearOp = {
  opTypes: ['Mul', 'Div', 'Neg'],
  rule: 'scale rows',
  conditions: 'constant factor, one number a channel; not constant / x',
  lower(node, _output, context) {
    if (node.opType === 'Neg') {
      const operand = dataOperand(node, context);
      return operand.ok ? unary(operand.value, (map) => scaled(node, map, -1)) : operand;
    }
    const right = context.constant(node.inputs[1]);
    if (right) return scaleBy(node, context, 0, right);
    const left = context.constant(node.inputs[0]);
    if (left && node.opType === 'Mul') return scaleBy(node, context, 1, left);
    return refuse(
      left
        ? 'it divides a constant by its input'
        : 'it combines two values that both depend on the input',
      node.label,
    );
  },
};

function scaleBy(
  node: Node,
  context: LoweringContext,
  index: number,
  tensor: Tensor,
): Verdict<Lowered> {
  const operand = dataOperand(node, context, index);
  if (!operand.ok) return operand;
  const shape = context.shape(operand.value);
  return unary(operand.value, (map) => {
    const vector = perChannel(tensor, shape, map, node.label);
    if (!vector.ok) return vector;
    const divide = node.opType === 'Div';
    const scale = (): Float64Array => vector.value().map((value) => (divide ? 1 / value : value));
    return compose(diagonalStep(map, node.label, scale, null), map);
  });
}
