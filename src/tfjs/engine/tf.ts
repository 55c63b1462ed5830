/** TensorFlow.js as a module: all of its packages have the same functions. It is loaded only where it is used. */
export type Tf = typeof import('@tensorflow/tfjs');
export type { Tensor as TfTensor, Tensor4D } from '@tensorflow/tfjs';
