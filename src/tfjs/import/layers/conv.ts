import { conv, depthwiseConv, separableConv } from '../operators/conv.js';
import {
  activated,
  biasOf,
  expectOptions,
  isChannelsLast,
  type LayerCall,
  type LayerRule,
  paddingOf,
} from './call.js';

const shared = (call: LayerCall, axes: number) => ({
  bias: biasOf(call),
  channelsLast: isChannelsLast(call),
  strides: call.config.numbers('strides', axes, 1),
  dilations: call.config.numbers('dilation_rate', axes, 1),
  padding: paddingOf(call),
});

const convolution = (className: string, axes: number): LayerRule => ({
  classNames: [className],
  write(call) {
    const weight = call.weight('kernel');
    return activated(call, conv(call.writer, call.input, { ...shared(call, axes), weight }));
  },
});

export const conv1d = convolution('Conv1D', 1);
export const conv2d = convolution('Conv2D', 2);

export const depthwiseConv2d: LayerRule = {
  classNames: ['DepthwiseConv2D'],
  write(call) {
    expectOptions(call, { dilation_rate: 1 });
    const weight = call.weight('depthwise_kernel');
    const x = depthwiseConv(call.writer, call.input, { ...shared(call, 2), weight });
    return activated(call, x);
  },
};

export const separableConv2d: LayerRule = {
  classNames: ['SeparableConv2D'],
  write(call) {
    const weight = call.weight('depthwise_kernel');
    const pointwise = call.weight('pointwise_kernel');
    const options = { ...shared(call, 2), weight, pointwise };
    return activated(call, separableConv(call.writer, call.input, options));
  },
};
