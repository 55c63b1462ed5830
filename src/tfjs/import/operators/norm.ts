import { float } from '../../../ir/index.js';
import { Tensor } from '../../../tensor/index.js';
import type { Constant, NetworkWriter, Signal } from '../writer.js';

/** Parameters of a batch norm, each of as many numbers as there are channels; no scale is 1, no shift 0. */
export interface Norm {
  readonly scale: Constant | null;
  readonly shift: Constant | null;
  readonly mean: Constant;
  readonly variance: Constant;
  readonly epsilon: number;
  readonly channelsLast: boolean;
}

/** BatchNormalization with the stored statistics. */
export function norm(writer: NetworkWriter, x: Signal, options: Norm): Signal {
  const { scale, shift, mean, variance, epsilon, channelsLast } = options;
  const filled = (name: string, value: number): Constant => {
    const { dims, size } = mean.tensor;
    const values = new Float32Array(size).fill(value);
    return { name: `${writer.scope}/${name}`, tensor: Tensor.floats(dims, values) };
  };
  const parameters = [scale ?? filled('gamma', 1), shift ?? filled('beta', 0), mean, variance];
  const operands = [
    writer.image(x, channelsLast),
    ...parameters.map((parameter) => writer.constant(parameter)),
  ];
  const value = writer.op('BatchNormalization', operands, { epsilon: float(epsilon) });
  return writer.fromImage(value, channelsLast);
}
