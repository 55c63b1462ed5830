import { refuse } from '../../errors.js';
import { elementCount } from '../../tensor/index.js';
import { compose } from '../compose.js';
import { repeatEach } from '../flat.js';
import { diagonalStep } from './diagonal.js';
import { constantOperand, dataOperand, imageOf, type LinearOp, unary } from './lowering.js';

/** BatchNormalization in inference form: `γ · (x − mean) / √(var + ε) + β` a channel. */
export const batchNormalization: LinearOp = {
  opTypes: ['BatchNormalization'],
  rule: 'scale rows by γ/√(σ²+ε), shift by β − μγ/√(σ²+ε)',
  conditions: 'inference form, constant statistics',
  lower(node, output, context) {
    if (node.int('training_mode', 0) !== 0) {
      return refuse('it is in training mode: its statistics come from the batch', node.label);
    }
    if (output !== 0) return refuse('its statistics are used as outputs', node.label);
    if (node.int('spatial', 1) !== 1)
      return refuse('it normalizes every position apart', node.label);
    const operand = dataOperand(node, context);
    if (!operand.ok) return operand;
    const names = ['scale', 'bias', 'mean', 'variance'];
    const parameters: Float64Array[] = [];
    for (const [i, name] of names.entries()) {
      const tensor = constantOperand(node, context, i + 1, name);
      if (!tensor.ok) return tensor;
      parameters.push(tensor.value.toNumbers());
    }
    const [scale, bias, mean, variance] = parameters as [
      Float64Array,
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    const epsilon = node.float('epsilon', 1e-5);
    if (variance.some((value) => !(value + epsilon > 0))) {
      return refuse('a variance is not positive', node.label);
    }
    return unary(operand.value, (map) => {
      const image = map.layout === 'flat' ? imageOf(context.shape(operand.value), map) : null;
      const area = image ? elementCount(image.spatial) : 1;
      if (map.layout !== 'channels-first' && !image)
        return refuse('it normalizes axis 1', node.label);
      if (scale.length * area !== map.outputs)
        return refuse('its parameters do not fit its input', node.label);
      const factor = scale.map((s, c) => s / Math.sqrt((variance[c] as number) + epsilon));
      const shift = factor.map((f, c) => (bias[c] as number) - (mean[c] as number) * f);
      const magnitude = factor.map(
        (f, c) => Math.abs(bias[c] as number) + Math.abs((mean[c] as number) * f),
      );
      const each = (values: Float64Array) => () => repeatEach(values, area);
      const step = diagonalStep(map, node.label, each(factor), each(shift));
      return compose({ ...step, biasMagnitude: each(magnitude) }, map);
    });
  },
};
