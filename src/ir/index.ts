export * from './attribute.js';
export * from './builder.js';
export * from './graph.js';
export * from './model.js';
export * from './node.js';
export * from './value.js';
export * from './extract.js';
export * from './shapes/index.js';
