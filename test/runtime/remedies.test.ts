import { existsSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openError } from '../../src/runtime/errors.js';
import { explainFailure, missingLibraries } from '../../src/runtime/remedies.js';

afterEach(() => vi.unstubAllEnvs());

const noAdapter =
  '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n';
const noCuda = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';

describe('explainFailure', () => {
  it('knows nothing of failures that the model is to blame for', () => {
    expect(explainFailure('webgpu', 'Failed to load model because protobuf parsing failed.')).toBe(
      null,
    );
    expect(explainFailure('cuda', 'CUDA failure 2: out of memory ; GPU=0')).toBeNull();
  });

  it('names what a build of onnxruntime-node lacks', () => {
    const message = 'no available backend found. ERR: [coreml] backend not found.';
    const obstacle = explainFailure('coreml', message);
    expect(obstacle?.reason).toMatch(/^onnxruntime-node has no CoreML for \w+-\w+$/);
    expect(obstacle?.remedies).toEqual([]);
  });

  it('passes on what CUDA says of the driver', () => {
    const message =
      'CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=0 ; file=cuda_call.cc';
    expect(explainFailure('cuda', message)?.reason).toBe(
      'CUDA reports: CUDA driver version is insufficient for CUDA runtime version',
    );
  });
});

describe.skipIf(process.platform !== 'linux')('WebGPU without an adapter', () => {
  const explain = () => explainFailure('webgpu', noAdapter);

  it('needs a driver, of a GPU or in software', () => {
    vi.stubEnv('VK_DRIVER_FILES', undefined);
    vi.stubEnv('VK_ICD_FILENAMES', undefined);
    expect(explain()?.reason).toBe('no Vulkan driver offers a GPU');
    const commands = explain()?.remedies.map(({ command }) => command) ?? [];
    expect(commands[0]).toBe('apt-get install libvulkan1 mesa-vulkan-drivers');
    const icd = '/usr/lib/chromium/vk_swiftshader_icd.json';
    expect(commands[1]).toMatch(new RegExp(`export VK_ICD_FILENAMES=${icd}$`));
    expect(commands[1]?.startsWith('apt-get')).toBe(!existsSync(icd));
  });

  it('sees a variable that names a driver that is not there', () => {
    vi.stubEnv('VK_DRIVER_FILES', undefined);
    vi.stubEnv('VK_ICD_FILENAMES', '/nowhere.json');
    expect(explain()).toEqual({
      reason: "VK_ICD_FILENAMES names '/nowhere.json', which does not exist",
      remedies: [{ purpose: "for the system's own drivers", command: 'unset VK_ICD_FILENAMES' }],
    });
  });

  it('suspects the loader where the driver is there', () => {
    vi.stubEnv('VK_DRIVER_FILES', import.meta.filename);
    const commands = explain()?.remedies.map(({ command }) => command);
    expect(commands).toEqual(['apt-get install libvulkan1', 'unset VK_DRIVER_FILES']);
  });
});

const bare = missingLibraries('cuda') !== null && process.platform === 'linux';
describe.skipIf(!bare)('CUDA without its libraries', () => {
  it('is an error of the environment, with the command that adds them', () => {
    const error = openError(new Error(noCuda), { device: 'cuda', at: undefined });
    expect(error.code).toBe('environment');
    expect(error.message).toMatch(
      /^CUDA does not work here: onnxruntime-node's CUDA libraries are not installed/,
    );
    expect(error.hint).toMatch(
      /ONNXRUNTIME_NODE_INSTALL=true node '?\/.*onnxruntime-node\/script\/install\.js/,
    );
  });
});
