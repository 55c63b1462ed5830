import { globalPool, pool } from '../operators/pool.js';
import { expectOptions, isChannelsLast, type LayerRule, paddingOf } from './call.js';

function windows(className: string, kind: 'MaxPool' | 'AveragePool', axes: number): LayerRule {
  return {
    classNames: [className],
    write(call) {
      const { writer, config, input } = call;
      const kernel = config.numbers('pool_size', axes, 2);
      const strides = config.get('strides') ? config.numbers('strides', axes) : kernel;
      const channelsLast = isChannelsLast(call);
      return pool(writer, input, kind, { kernel, strides, padding: paddingOf(call), channelsLast });
    },
  };
}

function whole(className: string, kind: 'GlobalMaxPool' | 'GlobalAveragePool'): LayerRule {
  return {
    classNames: [className],
    write(call) {
      expectOptions(call, { keepdims: false });
      const channelsLast = isChannelsLast(call);
      return globalPool(call.writer, call.input, kind, { channelsLast });
    },
  };
}

export const maxPooling1d = windows('MaxPooling1D', 'MaxPool', 1);
export const maxPooling2d = windows('MaxPooling2D', 'MaxPool', 2);
export const averagePooling1d = windows('AveragePooling1D', 'AveragePool', 1);
export const averagePooling2d = windows('AveragePooling2D', 'AveragePool', 2);
export const globalMaxPooling1d = whole('GlobalMaxPooling1D', 'GlobalMaxPool');
export const globalMaxPooling2d = whole('GlobalMaxPooling2D', 'GlobalMaxPool');
export const globalAveragePooling1d = whole('GlobalAveragePooling1D', 'GlobalAveragePool');
export const globalAveragePooling2d = whole('GlobalAveragePooling2D', 'GlobalAveragePool');
