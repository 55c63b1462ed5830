import type { Value } from '../../../ir/index.js';
import { add, div, mul, neg, plus, times } from '../../arithmetic.js';
import type { TypedBuilder } from '../../builder.js';
import type { Forward, GradientRule } from '../../rule.js';
import type { NodeView, VjpView } from '../../view.js';
import { channelAffine, perChannel } from './channel-affine.js';
import { channelSums } from './channel-sums.js';

const isTraining = ({ node }: NodeView): boolean => node.int('training_mode', 0) !== 0;

/** `1 / √(variance + epsilon)`. */
function inverseDeviation({ builder: b, node }: NodeView, variance: Value): Value {
  const deviation = b.op('Sqrt', [plus(b, variance, node.float('epsilon', 1e-5))]);
  return b.op('Reciprocal', [deviation]);
}

/** `x` divided by a number of elements, rounded once. */
const over = (b: TypedBuilder, x: Value, count: number): Value => div(b, x, b.scalar(count, x));

/** `momentum · running + (1 − momentum) · current`. */
function moved({ builder: b, node }: NodeView, running: Value, current: Value): Value {
  // The attribute is a float32, and 1 − momentum would magnify how far it is from what was meant.
  const momentum = Number(node.float('momentum', 0.9).toPrecision(7));
  return add(b, times(b, running, momentum), times(b, current, 1 - momentum));
}

/**
 * Statistics of the batch in plain operators: the training mode of the operator itself runs on the CPU alone. The
 * running variance takes the unbiased estimate of the batch's, as PyTorch does (the operator would take the biased one).
 */
function train(view: NodeView): Forward {
  const { builder: b } = view;
  const [x, gamma, beta] = [view.input(0), view.input(1), view.input(2)];
  const count = perChannel(b.dims(x));
  const mean = channelSums(b, 'ReduceMean', x);
  const centred = channelAffine(b, x, null, neg(b, mean));
  const squares = channelSums(b, 'ReduceSumSquare', centred);
  const inverse = inverseDeviation(view, over(b, squares, count));
  const result = channelAffine(b, centred, mul(b, gamma, inverse), beta);
  const unbiased = over(b, squares, Math.max(1, count - 1));
  return {
    outputs: [result, moved(view, view.input(3), mean), moved(view, view.input(4), unbiased)],
    saved: { centred, inverse },
  };
}

/** `dγ = Σ dy·x̂`, `dβ = Σ dy`, `dx = γ/σ · (dy − mean(dy) − x̂ · mean(dy·x̂))` with `x̂ = (x − mean)/σ`. */
function trainingGradient(view: VjpView): readonly (Value | null)[] {
  const { builder: b, cotangent: dy, needs } = view;
  const [centred, inverse] = [view.saved('centred'), view.saved('inverse')];
  const count = perChannel(b.dims(dy));
  const sum = channelSums(b, 'ReduceSum', dy);
  const dGamma = mul(b, channelSums(b, 'ReduceSum', mul(b, dy, centred)), inverse);
  const dx = (): Value => {
    const scale = mul(b, view.input(1), inverse);
    const share = over(b, neg(b, scale), count);
    const own = channelAffine(b, dy, scale, mul(b, share, sum));
    return add(b, own, channelAffine(b, centred, mul(b, share, mul(b, dGamma, inverse)), null));
  };
  return [needs[0] ? dx() : null, dGamma, sum];
}

/** The same with statistics that are constants. */
function frozenGradient(view: VjpView): readonly (Value | null)[] {
  const { builder: b, cotangent: dy, needs } = view;
  const inverse = inverseDeviation(view, view.input(4));
  const dGamma = (): Value => {
    const centred = channelAffine(b, view.input(0), null, neg(b, view.input(3)));
    return mul(b, channelSums(b, 'ReduceSum', mul(b, dy, centred)), inverse);
  };
  return [
    needs[0] ? channelAffine(b, dy, mul(b, view.input(1), inverse), null) : null,
    needs[1] ? dGamma() : null,
    needs[2] ? channelSums(b, 'ReduceSum', dy) : null,
    ...statisticsGradient(view, b, dy, inverse),
  ];
}

/** Gradients of running statistics that are themselves computed: `dμ = −γ/σ Σ dy`, `dσ² = −½ γ/σ³ Σ dy·(x − μ)`. */
function statisticsGradient(
  view: VjpView,
  b: TypedBuilder,
  dy: Value,
  inverse: Value,
): (Value | null)[] {
  const scale = mul(b, view.input(1), inverse);
  const dMean = () => neg(b, mul(b, scale, channelSums(b, 'ReduceSum', dy)));
  const dVariance = () => {
    const centred = channelAffine(b, view.input(0), null, neg(b, view.input(3)));
    const products = channelSums(b, 'ReduceSum', mul(b, dy, centred));
    return times(b, mul(b, mul(b, scale, mul(b, inverse, inverse)), products), -0.5);
  };
  return [view.needs[3] ? dMean() : null, view.needs[4] ? dVariance() : null];
}

/** BatchNormalization in training mode (statistics of the batch) and in inference mode (statistics are operands). */
export const batchNormalization: GradientRule = {
  opTypes: ['BatchNormalization'],
  forward: (view) => (isTraining(view) ? train(view) : null),
  vjp: (view) => (isTraining(view) ? trainingGradient(view) : frozenGradient(view)),
};
