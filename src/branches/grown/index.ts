export { type GrowOptions, type Sprouts, settleBranches, sproutBranches } from './grow.js';
export { type GrownBranch, type GrownLayer, readLayer } from './layer.js';
export { removeBranch } from './remove.js';
