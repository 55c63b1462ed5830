import { flatten as inOneAxis, reshape as intoDims, transpose } from '../operators/shape.js';
import { plainSignal } from '../writer.js';
import { isChannelsLast, type LayerRule } from './call.js';

export const flatten: LayerRule = {
  classNames: ['Flatten'],
  write(call) {
    const { writer, input } = call;
    const rank = writer.shape(input).length;
    if (isChannelsLast(call) || rank < 3) return inOneAxis(writer, input);
    // The data format asks for the order of channels that come last.
    return inOneAxis(writer, { value: writer.plain(input), channelsFirst: true });
  },
};

export const reshape: LayerRule = {
  classNames: ['Reshape'],
  write({ writer, config, input }) {
    const dims = config.list('target_shape').map((dim) => dim ?? -1);
    if (!dims.every((dim) => Number.isInteger(dim))) {
      throw config.fault(`has the target shape ${JSON.stringify(dims)}`);
    }
    // 0 takes over the length of the batch.
    return intoDims(writer, input, [0, ...(dims as number[]).map((dim) => Math.max(dim, -1))]);
  },
};

export const permute: LayerRule = {
  classNames: ['Permute'],
  write({ writer, config, input }) {
    const dims = config.numbers('dims', writer.shape(input).length - 1);
    return transpose(writer, input, [0, ...dims]);
  },
};

export const repeatVector: LayerRule = {
  classNames: ['RepeatVector'],
  write({ writer, config, input }) {
    const row = writer.op('Unsqueeze', [writer.plain(input), writer.int64s('axes', [1])]);
    const repeats = writer.int64s('repeats', [1, config.number('n'), 1]);
    return plainSignal(writer.op('Tile', [row, repeats]));
  },
};
