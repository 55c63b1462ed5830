import * as activations from './activation.js';
import { batchNormalization } from './batch-normalization.js';
import * as borders from './border.js';
import type { LayerRule } from './call.js';
import * as convolutions from './conv.js';
import { dense } from './dense.js';
import * as identities from './identity.js';
import * as merges from './merge.js';
import * as pools from './pool.js';
import * as shapes from './shape.js';

/** Everything that can be imported of a Keras-style model; a new layer is one rule in a file of its family. */
export const layerRules: readonly LayerRule[] = [
  ...Object.values(activations),
  batchNormalization,
  ...Object.values(borders),
  ...Object.values(convolutions),
  dense,
  ...Object.values(identities),
  ...Object.values(merges),
  ...Object.values(pools),
  ...Object.values(shapes),
];
