import type { Value } from '../../../ir/index.js';
import { Tensor } from '../../../tensor/index.js';
import { indicator, mul } from '../../arithmetic.js';
import { reshape } from '../../layout.js';
import { allAxes, reduceMax } from '../../reduce.js';
import type { GradientRule } from '../../rule.js';

/** GlobalMaxPool: the cotangent goes to the maximum, to the first where several are equal (as PyTorch has it). */
export const globalMaxPool: GradientRule = {
  opTypes: ['GlobalMaxPool'],
  forward(view) {
    const axes = allAxes(view.dims(0).length).slice(2);
    return { outputs: [reduceMax(view.builder, view.input(0), axes)] };
  },
  vjp(view) {
    const { builder: b, output, cotangent } = view;
    const [batch = 1, channels = 1] = view.dims(0);
    const area = b.size(view.input(0)) / (batch * channels);
    const x = reshape(b, view.input(0), [batch, channels, area]);
    const perChannel = (value: Value): Value => reshape(b, value, [batch, channels, 1]);
    const equal = indicator(b, b.op('Equal', [x, perChannel(output)]), x);
    const axis = b.constant(Tensor.scalar('int64', 2), 'axis');
    const before = b.op('CumSum', [equal, axis], { exclusive: 1 });
    const first = mul(b, equal, indicator(b, b.op('Less', [before, b.scalar(1, x)]), x));
    return [reshape(b, mul(b, first, perChannel(cotangent)), view.dims(0))];
  },
};
