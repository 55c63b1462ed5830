export { isKnown } from './dims.js';
export { GraphTypes, type InferOptions, inferTypes } from './infer.js';
export type { Types } from './table.js';
