import { Tensor } from '../../../tensor/index.js';
import { map } from '../operators/elementwise.js';
import type { LayerRule } from './call.js';

/** The inference form of Dropout, the identity: `ratio` says what training shall drop. */
export const dropout: LayerRule = {
  classNames: ['Dropout'],
  write({ writer, config, input }) {
    const ratio = writer.fixed(Tensor.scalar('float32', config.number('rate', 0.5)));
    return map(input, (value) => writer.op('Dropout', [value, ratio]));
  },
};

/** Layers that do something in training only. */
export const identity: LayerRule = {
  classNames: [
    'InputLayer',
    'SpatialDropout1D',
    'SpatialDropout2D',
    'GaussianNoise',
    'GaussianDropout',
    'AlphaDropout',
    'ActivityRegularization',
  ],
  write: ({ input }) => input,
};
