import { norm } from '../operators/norm.js';
import type { OpRule } from './call.js';

export const fusedBatchNorm: OpRule = {
  ops: ['FusedBatchNorm', 'FusedBatchNormV2', 'FusedBatchNormV3'],
  write(call) {
    if (call.attributes.boolean('is_training')) {
      throw call.writer.fault(
        `(${call.op}) takes the statistics of the batch`,
        'export the model for inference',
      );
    }
    return norm(call.writer, call.signal(0), {
      scale: call.constant(1),
      shift: call.constant(2),
      mean: call.constant(3),
      variance: call.constant(4),
      // TensorFlow.js takes this where the file says nothing.
      epsilon: call.attributes.number('epsilon', 1e-3),
      channelsLast: call.channelsLast,
    });
  },
};
