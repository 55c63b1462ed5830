/** Where onnxruntime can run a model, by its own short names of execution providers. */
export const deviceNames = ['cpu', 'cuda', 'tensorrt', 'webgpu', 'coreml', 'dml'] as const;

export type Device = (typeof deviceNames)[number];

/** What onnxruntime-node brings for a device. */
export interface DeviceInfo {
  /** The device's name for people. */
  readonly title: string;
  /** The execution provider, by the name that profiles and `Placement` use. */
  readonly provider: string;
  /** `${process.platform}-${process.arch}` of the builds of onnxruntime-node that have it. */
  readonly platforms: readonly string[];
  /** Libraries that the npm package lacks; its install script downloads them. */
  readonly libraries: readonly string[];
  /** What onnxruntime is asked for, in this order; it always adds the CPU at the end. */
  readonly providers: readonly Device[];
}

const windows = ['win32-x64', 'win32-arm64'];
const macos = ['darwin-arm64'];
const shared = 'libonnxruntime_providers_shared.so';

export const devices: Readonly<Record<Device, DeviceInfo>> = {
  cpu: {
    title: 'CPU',
    provider: 'CPUExecutionProvider',
    platforms: ['linux-x64', 'linux-arm64', ...macos, ...windows],
    libraries: [],
    providers: ['cpu'],
  },
  cuda: {
    title: 'CUDA',
    provider: 'CUDAExecutionProvider',
    platforms: ['linux-x64'],
    libraries: [shared, 'libonnxruntime_providers_cuda.so'],
    providers: ['cuda'],
  },
  tensorrt: {
    title: 'TensorRT',
    provider: 'TensorrtExecutionProvider',
    platforms: ['linux-x64'],
    libraries: [shared, 'libonnxruntime_providers_tensorrt.so'],
    // What TensorRT lacks, CUDA runs.
    providers: ['tensorrt', 'cuda'],
  },
  webgpu: {
    title: 'WebGPU',
    provider: 'WebGpuExecutionProvider',
    platforms: ['linux-x64', ...macos, ...windows],
    libraries: [],
    providers: ['webgpu'],
  },
  coreml: {
    title: 'CoreML',
    provider: 'CoreMLExecutionProvider',
    platforms: macos,
    libraries: [],
    providers: ['coreml'],
  },
  dml: {
    title: 'DirectML',
    provider: 'DmlExecutionProvider',
    platforms: windows,
    libraries: [],
    providers: ['dml'],
  },
};

/** This machine, as {@link DeviceInfo.platforms} spells it. */
export const platform = `${process.platform}-${process.arch}`;

/** Whether onnxruntime-node has a device on this machine's platform. */
export const isSupported = (device: Device): boolean =>
  devices[device].platforms.includes(platform);
