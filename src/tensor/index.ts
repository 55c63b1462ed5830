export * from './dtype.js';
export * from './half.js';
export * from './random.js';
export * from './tensor.js';
