export * from './apply.js';
export * from './certificate.js';
export { Constants } from './constants.js';
export * from './cost.js';
export * from './plan.js';
