import { elementwise, isConstant } from '../operators/elementwise.js';
import { dense, matMul as product } from '../operators/matrix.js';
import type { OpRule } from './call.js';
import { fusionOf } from './fused.js';

export const matMul: OpRule = {
  ops: ['MatMul', '_FusedMatMul', 'BatchMatMul', 'BatchMatMulV2'],
  write(call) {
    const { writer, attributes } = call;
    const { bias, activate } = fusionOf(call);
    const flip = (name: string, batched: string): boolean =>
      attributes.boolean(name) || attributes.boolean(batched);
    const [flipA, flipB] = [flip('transpose_a', 'adj_x'), flip('transpose_b', 'adj_y')];
    const [a, b] = [call.operand(0), call.operand(1)];
    if (!isConstant(a) && isConstant(b) && b.tensor.dims.length === 2 && !flipA) {
      return activate(dense(writer, a, b, bias, flipB));
    }
    const x = product(writer, [a, b], [flipA, flipB]);
    return activate(bias ? elementwise(writer, 'Add', [x, bias]) : x);
  },
};
