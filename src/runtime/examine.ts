import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Device, deviceNames, devices, isSupported, platform } from './devices.js';
import { deviceError } from './errors.js';
import { type DeviceReport, judgeTrial, type TrialOutcome } from './judge-trial.js';
import { missingLibraries, type Obstacle } from './remedies.js';

/** Long enough for the first shader of a software renderer on a busy machine. */
const timeLimit = 60_000;

const program = fileURLToPath(new URL('./trial-process.js', import.meta.url));

const withObstacle = (
  device: Device,
  status: DeviceReport['status'],
  { reason, remedies }: Obstacle,
): DeviceReport => ({
  device,
  status,
  reason,
  remedies,
  placement: null,
  adapter: null,
  software: null,
});

function runTrial(device: Device): Promise<TrialOutcome> {
  // The Vulkan loader then names the adapter in use, which onnxruntime does not.
  const env = { ...process.env, VK_LOADER_DEBUG: 'driver' };
  const options = { env, timeout: timeLimit, killSignal: 'SIGKILL' } as const;
  return new Promise((resolve) => {
    execFile(process.execPath, [program, device], options, (error, stdout, stderr) => {
      const { signal = null, killed = false, code = 0 } = error ?? {};
      resolve({ stdout, stderr, timedOut: killed, signal: signal ?? null, code: Number(code) });
    });
  });
}

/** Proves by a small convolution, run in a process of its own, whether a device works. */
export async function examineDevice(device: Device): Promise<DeviceReport> {
  if (!isSupported(device)) {
    const reason = `onnxruntime-node has no ${devices[device].title} for ${platform}`;
    return withObstacle(device, 'unsupported', { reason, remedies: [] });
  }
  const missing = missingLibraries(device);
  if (missing) return withObstacle(device, 'missing', missing);
  return judgeTrial(device, await runTrial(device));
}

export const examineDevices = (): Promise<DeviceReport[]> =>
  Promise.all(deviceNames.map(examineDevice));

/** The fastest first. TensorRT takes minutes to open a model, so that nobody gets it unasked. */
const preferred = ['cuda', 'coreml', 'dml', 'webgpu'] as const satisfies Device[];

async function bestDevice(): Promise<Device> {
  for (const device of preferred) {
    const { status, software } = await examineDevice(device);
    // In software, a GPU's kernels are slower than those for the CPU.
    if (status === 'works' && software !== true) return device;
  }
  return 'cpu';
}

/**
 * The device to run on, proven to work.
 * @param name 'auto' for the best one of this machine.
 * @throws ReparamError when the device that was named does not work; the hint says how to add what is missing.
 */
export async function resolveDevice(name: Device | 'auto'): Promise<Device> {
  if (name === 'auto') return bestDevice();
  // A CPU that does not work shows when the model is opened.
  if (name === 'cpu') return name;
  const { status, reason, remedies } = await examineDevice(name);
  if (status === 'works') return name;
  throw deviceError(name, { reason: reason ?? 'unknown', remedies });
}

/** Each device once, by what {@link resolveDevice} finds for its name. */
export const resolveDevices = async (names: readonly (Device | 'auto')[]): Promise<Device[]> => [
  ...new Set(await Promise.all(names.map(resolveDevice))),
];
