export { UnrunnableError } from './errors.js';
export * from './session.js';
