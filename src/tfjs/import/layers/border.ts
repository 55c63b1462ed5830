import { crop, pad, upsample } from '../operators/shape.js';
import { keyword } from '../read/fields.js';
import { isChannelsLast, type LayerRule, sides } from './call.js';

export const zeroPadding2d: LayerRule = {
  classNames: ['ZeroPadding2D'],
  write(call) {
    const none: [number, number] = [0, 0];
    const rows = sides(call, 'padding');
    const last = isChannelsLast(call);
    // Padded where the convolutions behind it want the image, so that no transposition stands between.
    const x = call.writer.fromImage(call.writer.image(call.input, last), last);
    return pad(call.writer, x, last ? [none, ...rows, none] : [none, none, ...rows]);
  },
};

export const cropping2d: LayerRule = {
  classNames: ['Cropping2D'],
  write(call) {
    const { writer, input } = call;
    const last = isChannelsLast(call);
    const image = writer.image(input, last);
    return writer.fromImage(crop(writer, image, sides(call, 'cropping')), last);
  },
};

export const upSampling2d: LayerRule = {
  classNames: ['UpSampling2D'],
  write(call) {
    const { writer, config, input } = call;
    const last = isChannelsLast(call);
    const interpolation = keyword(config.text('interpolation', 'nearest'));
    if (interpolation !== 'nearest' && interpolation !== 'bilinear') {
      throw config.fault(`interpolates '${interpolation}'`, 'it is nearest or bilinear');
    }
    const mode = interpolation === 'nearest' ? 'nearest' : 'linear';
    const size = config.numbers('size', 2, 2);
    return writer.fromImage(upsample(writer, writer.image(input, last), size, mode), last);
  },
};
