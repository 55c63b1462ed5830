import type { OpRule } from './call.js';
import { conv2d, depthwiseConv2d } from './conv.js';
import * as elementwise from './elementwise.js';
import * as lengths from './lengths.js';
import { matMul } from './matmul.js';
import { fusedBatchNorm } from './norm.js';
import * as pools from './pool.js';
import * as shapes from './shape.js';

/** Everything that can be imported of a TensorFlow graph; a new operator is one rule in a file of its family. */
export const opRules: readonly OpRule[] = [
  conv2d,
  depthwiseConv2d,
  ...Object.values(elementwise),
  fusedBatchNorm,
  ...Object.values(lengths),
  matMul,
  ...Object.values(pools),
  ...Object.values(shapes),
];
