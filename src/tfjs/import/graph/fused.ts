import { activate, leakyRelu, prelu } from '../operators/activation.js';
import type { Constant, Signal } from '../writer.js';
import type { NodeCall } from './call.js';

/** What a fused operator does to its result. */
export interface Fusion {
  readonly bias: Constant | null;
  activate(x: Signal): Signal;
}

/** Reads `fused_ops`: BiasAdd, an activation, or both in this order. Their operands follow the first two. */
export function fusionOf(call: NodeCall): Fusion {
  const { attributes, writer } = call;
  const fused = attributes.texts('fused_ops');
  const biased = fused[0] === 'BiasAdd';
  const [activation, ...more] = biased ? fused.slice(1) : fused;
  if (more.length > 0 || activation === 'BiasAdd' || activation === 'FusedBatchNorm') {
    throw writer.fault(`(${call.op}) fuses ${fused.join(' and ')}, which cannot be imported`);
  }
  return {
    bias: biased ? call.constant(2) : null,
    activate(x) {
      if (activation === undefined) return x;
      if (activation === 'Prelu') return prelu(writer, x, call.constant(biased ? 3 : 2));
      if (activation !== 'LeakyRelu') return activate(writer, x, activation);
      return leakyRelu(attributes.number('leakyrelu_alpha', 0.2))(writer, x);
    },
  };
}
