import {
  activate,
  clippedRelu,
  softmax as exponentials,
  leakyRelu,
  prelu as parametric,
  thresholdedRelu as thresholded,
} from '../operators/activation.js';
import { activated, expectOptions, type LayerRule } from './call.js';

export const activation: LayerRule = {
  classNames: ['Activation'],
  write: (call) => activated(call, call.input),
};

export const relu: LayerRule = {
  classNames: ['ReLU'],
  write(call) {
    expectOptions(call, { negative_slope: 0, threshold: 0 });
    const { writer, config, input } = call;
    if (config.get('max_value') === undefined) return activate(writer, input, 'relu');
    return clippedRelu(config.number('max_value'))(writer, input);
  },
};

export const leakyReLU: LayerRule = {
  classNames: ['LeakyReLU'],
  write: ({ writer, config, input }) => leakyRelu(config.number('alpha', 0.3))(writer, input),
};

export const prelu: LayerRule = {
  classNames: ['PReLU'],
  write: (call) => parametric(call.writer, call.input, call.weight('alpha')),
};

export const elu: LayerRule = {
  classNames: ['ELU'],
  write(call) {
    expectOptions(call, { alpha: 1 });
    return activate(call.writer, call.input, 'elu');
  },
};

export const thresholdedReLU: LayerRule = {
  classNames: ['ThresholdedReLU'],
  write: ({ writer, config, input }) => thresholded(config.number('theta', 1))(writer, input),
};

export const softmax: LayerRule = {
  classNames: ['Softmax'],
  write({ writer, config, input }) {
    const [axis = 1] = config.numbers('axis', 1, 1);
    return exponentials(axis)(writer, input);
  },
};
