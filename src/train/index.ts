export * from './checkpoint/index.js';
export * from './loop/index.js';
export { losses } from './losses/index.js';
export * from './recipe/index.js';
export * from './runs/index.js';
export * from './step/index.js';
