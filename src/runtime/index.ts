export { UnrunnableError } from './errors.js';
export { freeUnusedBuffers } from './memory.js';
export * from './session.js';
export { isTransferable } from './tensors.js';
