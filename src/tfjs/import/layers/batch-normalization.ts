import { norm } from '../operators/norm.js';
import type { LayerRule } from './call.js';

export const batchNormalization: LayerRule = {
  classNames: ['BatchNormalization', 'BatchNormalizationV1', 'BatchNormalizationV2'],
  write(call) {
    const { writer, config, input } = call;
    const rank = writer.shape(input).length;
    const [given = -1] = config.numbers('axis', 1, -1);
    const axis = given < 0 ? given + rank : given;
    if (axis !== 1 && axis !== rank - 1) {
      throw config.fault(
        `normalizes axis ${given} of ${rank}: only the last and the second can be`,
      );
    }
    return norm(writer, input, {
      scale: config.boolean('scale', true) ? call.weight('gamma') : null,
      shift: config.boolean('center', true) ? call.weight('beta') : null,
      mean: call.weight('moving_mean'),
      variance: call.weight('moving_variance'),
      epsilon: config.number('epsilon', 1e-3),
      channelsLast: axis === rank - 1,
    });
  },
};
