export { UnrunnableError } from './errors.js';
export * from './session.js';
export { isTransferable } from './tensors.js';
