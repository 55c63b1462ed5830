export { type Device, type DeviceInfo, deviceNames, devices } from './devices.js';
export { UnrunnableError } from './errors.js';
export { examineDevice, examineDevices, resolveDevice, resolveDevices } from './examine.js';
export type { DeviceReport } from './judge-trial.js';
export { describeMachine, type Machine } from './machine.js';
export { freeUnusedBuffers } from './memory.js';
export { allowTf32 } from './onnxruntime.js';
export type { Placement } from './placement.js';
export { type PoolOptions, SessionPool } from './pool.js';
export type { Remedy } from './remedies.js';
export * from './session.js';
export { SessionState } from './session-state.js';
export { copySource, type ModelSource, readSource } from './source.js';
export {
  copiesState,
  openStatefulSession,
  type StateBinding,
  type StatefulSession,
} from './stateful-session.js';
export { isTransferable } from './tensors.js';
export type { WebGpuLayout } from './webgpu-layout.js';
