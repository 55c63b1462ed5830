export * from './errors.js';
export * from './ir/index.js';
export * from './merge/index.js';
export * from './onnx/index.js';
export * from './report/index.js';
export * from './runtime/index.js';
export * from './tensor/index.js';
export * from './verify/index.js';
