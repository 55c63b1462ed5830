export * from './dtype.js';
export * from './random.js';
export * from './tensor.js';
