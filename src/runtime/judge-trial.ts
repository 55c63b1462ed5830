import type { Device } from './devices.js';
import type { Placement } from './placement.js';
import { explainFailure, type Obstacle, type Remedy } from './remedies.js';
import type { TrialResult } from './trial-process.js';

/** What this machine can do with a device. */
export interface DeviceReport {
  readonly device: Device;
  /** 'unsupported': onnxruntime-node has it on other platforms only. */
  readonly status: 'works' | 'missing' | 'unsupported';
  /** Why it does not work, as a clause; null when it does. */
  readonly reason: string | null;
  /** How to make it work. */
  readonly remedies: readonly Remedy[];
  /** Where the nodes of a small convolution ran; null when it did not run. */
  readonly placement: Placement | null;
  /** The GPU that WebGPU uses, where the Vulkan loader names it. */
  readonly adapter: string | null;
  /** Whether a "GPU" is really computed on the CPU; null when that is not known. */
  readonly software: boolean | null;
}

/** How a process that tried a device ended. */
export interface TrialOutcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly signal: string | null;
  readonly code: number;
}

function parse(stdout: string): TrialResult | null {
  try {
    return JSON.parse(stdout) as TrialResult;
  } catch {
    return null;
  }
}

const inSoftware = /swiftshader|llvmpipe|lavapipe|libvulkan_lvp|softpipe/i;

/** The line by which the Vulkan loader tells of the device that is opened, and of its driver. */
const vulkanDevice = /Using "(.*?)\s*" with driver: "(.*)"/;

function adapterOf(device: Device, stderr: string): Pick<DeviceReport, 'adapter' | 'software'> {
  if (device !== 'webgpu') return { adapter: null, software: device === 'cpu' ? null : false };
  const [line, adapter] = vulkanDevice.exec(stderr) ?? [];
  if (line === undefined || adapter === undefined) return { adapter: null, software: null };
  return { adapter, software: inSoftware.test(line) };
}

function obstacleOf(device: Device, outcome: TrialOutcome, result: TrialResult | null): Obstacle {
  const { timedOut, signal, code, stderr } = outcome;
  const reason = (text: string): Obstacle => ({ reason: text, remedies: [] });
  if (timedOut) return reason('a small convolution did not end in time');
  if (signal !== null) return reason(`onnxruntime crashed with ${signal}`);
  if (result !== null && 'failure' in result) {
    const { failure, cause } = result;
    return explainFailure(device, cause, stderr) ?? reason(failure);
  }
  return reason(`onnxruntime ended the process with code ${code}`);
}

/** Concludes from a trial whether a device works. A crash at the very end counts too: it would end every program. */
export function judgeTrial(device: Device, outcome: TrialOutcome): DeviceReport {
  const result = parse(outcome.stdout);
  const clean = !outcome.timedOut && outcome.signal === null && outcome.code === 0;
  if (clean && result !== null && 'placement' in result) {
    const { placement } = result;
    const adapter = adapterOf(device, outcome.stderr);
    return { device, status: 'works', reason: null, remedies: [], placement, ...adapter };
  }
  const obstacle = obstacleOf(device, outcome, result);
  return { device, status: 'missing', ...obstacle, placement: null, adapter: null, software: null };
}
