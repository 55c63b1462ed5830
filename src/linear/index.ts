export * from './affine.js';
export * from './combine.js';
export * from './compose.js';
export * from './kernel.js';
export * from './lower/index.js';
export * from './move.js';
export * from './reach.js';
export * from './window.js';
