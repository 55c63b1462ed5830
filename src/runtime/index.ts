export { type Device, type DeviceInfo, deviceNames, devices } from './devices.js';
export { UnrunnableError } from './errors.js';
export { freeUnusedBuffers } from './memory.js';
export { allowTf32 } from './onnxruntime.js';
export type { Placement } from './placement.js';
export { type PoolOptions, SessionPool } from './pool.js';
export * from './session.js';
export { isTransferable } from './tensors.js';
