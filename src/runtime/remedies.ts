import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { type Device, devices, platform } from './devices.js';

/** A way to make a device work. */
export interface Remedy {
  /** When it applies and what it brings, a few words. */
  readonly purpose: string;
  /** For a shell. */
  readonly command: string;
}

/** Why a device does not work on this machine. */
export interface Obstacle {
  /** A clause in lower case, without a full stop. */
  readonly reason: string;
  readonly remedies: readonly Remedy[];
}

/** Debian's chromium carries SwiftShader, a Vulkan driver that computes on the CPU. */
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json';
const vulkanLoader = '/usr/lib/x86_64-linux-gnu/libvulkan.so.1';

const packageFolder = (): string =>
  dirname(realpathSync(createRequire(import.meta.url).resolve('onnxruntime-node/package.json')));

const quoted = (path: string): string =>
  /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;

const installLibraries = (device: Device): Remedy => ({
  purpose: `for an NVIDIA GPU with CUDA 12, cuDNN 9${device === 'tensorrt' ? ', TensorRT 10' : ''}`,
  command: `ONNXRUNTIME_NODE_INSTALL=true node ${quoted(join(packageFolder(), 'script', 'install.js'))}`,
});

const cudaLibraries: Remedy = {
  purpose: "CUDA 12 and cuDNN 9 from NVIDIA's package repository",
  command: 'apt-get install cuda-libraries-12-9 libcudnn9-cuda-12',
};

const tensorrtLibraries: Remedy = {
  purpose: "TensorRT 10 from NVIDIA's package repository",
  command: 'apt-get install libnvinfer-plugin10 libnvonnxparsers10',
};

/** Loaded by every process that uses the GPU, whether it computes with CUDA or with Vulkan. */
const hasNvidiaDriver = (): boolean => existsSync('/proc/driver/nvidia/version');

/** The obstacle that shows without trying: libraries that the npm package leaves out. */
export function missingLibraries(device: Device): Obstacle | null {
  const { title, libraries } = devices[device];
  const folder = join(packageFolder(), 'bin', 'napi-v6', process.platform, process.arch);
  if (libraries.every((name) => existsSync(join(folder, name)))) return null;
  const driver = hasNvidiaDriver() ? '' : ', and no NVIDIA driver is loaded';
  return {
    reason: `onnxruntime-node's ${title} libraries are not installed${driver}`,
    remedies: [installLibraries(device)],
  };
}

/** @param log what onnxruntime wrote on stderr: only there it names the library that it did not find. */
function nvidiaObstacle(device: Device, log: string): Obstacle {
  const library = /with error: (\S+?): cannot open shared object file/.exec(log)?.[1];
  if (library === undefined) {
    const { title } = devices[device];
    return {
      reason: `a library that onnxruntime's ${title} provider needs does not load`,
      remedies: device === 'tensorrt' ? [cudaLibraries, tensorrtLibraries] : [cudaLibraries],
    };
  }
  const isTensorrt = /^libnv(?:infer|onnxparser)/.test(library);
  return {
    reason: `${library} is not installed`,
    remedies: [isTensorrt ? tensorrtLibraries : cudaLibraries],
  };
}

/** Variables that replace the Vulkan drivers of the system, the current name and the former one. */
const driverVariables = ['VK_DRIVER_FILES', 'VK_ICD_FILENAMES'] as const;

/** Where such a variable decides which drivers there are. */
function chosenDrivers(variable: (typeof driverVariables)[number]): Obstacle {
  const files = (process.env[variable] ?? '').split(':');
  const unset = { purpose: "for the system's own drivers", command: `unset ${variable}` };
  const absent = files.find((file) => !existsSync(file));
  if (absent !== undefined) {
    return { reason: `${variable} names '${absent}', which does not exist`, remedies: [unset] };
  }
  const loader = { purpose: 'if the loader is missing', command: 'apt-get install libvulkan1' };
  return {
    reason: `the Vulkan drivers that ${variable} names offer no GPU`,
    remedies: [loader, unset],
  };
}

/** Mesa's own software renderer is no way out: that of Debian 12 is too old for onnxruntime. */
function systemDrivers(): Obstacle {
  const installed = existsSync(swiftShader) && existsSync(vulkanLoader);
  const install = installed ? '' : 'apt-get install chromium libvulkan1 && ';
  return {
    reason: 'no Vulkan driver offers a GPU',
    remedies: [
      { purpose: 'with a GPU', command: 'apt-get install libvulkan1 mesa-vulkan-drivers' },
      {
        purpose: 'without one, in software',
        command: `${install}export VK_ICD_FILENAMES=${swiftShader}`,
      },
    ],
  };
}

function webgpuObstacle(): Obstacle {
  if (process.platform !== 'linux') return { reason: 'there is no usable GPU', remedies: [] };
  const variable = driverVariables.find((name) => process.env[name] !== undefined);
  return variable === undefined ? systemDrivers() : chosenDrivers(variable);
}

/** CUDA's errors on initialization: no driver, one that is too old, no GPU, or one that is not ready. */
const cudaFailure = /CUDA failure (?:3|34|35|46|100|101|802|803|804|999): ([^;]*)/;

/**
 * What a failure to open a session says of the device.
 * @param log what onnxruntime wrote on stderr meanwhile, where that is known.
 * @returns null when it says nothing, as when the model is at fault.
 */
export function explainFailure(device: Device, message: string, log = ''): Obstacle | null {
  if (/backend not found/.test(message)) {
    return {
      reason: `onnxruntime-node has no ${devices[device].title} for ${platform}`,
      remedies: [],
    };
  }
  if (/Failed to load shared library/.test(message)) {
    return missingLibraries(device) ?? nvidiaObstacle(device, log);
  }
  const [, cuda] = cudaFailure.exec(message) ?? [];
  if (cuda !== undefined) return { reason: `CUDA reports: ${cuda.trim()}`, remedies: [] };
  return /Failed to get a WebGPU (?:adapter|device)/.test(message) ? webgpuObstacle() : null;
}

/** Remedies as the hint of an error. */
export const remedyHint = (remedies: readonly Remedy[]): string =>
  remedies.map(({ purpose, command }) => `${purpose}: ${command}`).join('; ');
