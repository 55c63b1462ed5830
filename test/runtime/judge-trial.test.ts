import { describe, expect, it } from 'vitest';
import { judgeTrial, type TrialOutcome } from '../../src/runtime/judge-trial.js';

const outcome = (given: Partial<TrialOutcome>): TrialOutcome => ({
  stdout: '',
  stderr: '',
  timedOut: false,
  signal: null,
  code: 0,
  ...given,
});

const placement = { nodes: { WebGpuExecutionProvider: 3 }, fallbacks: {} };
const success = JSON.stringify({ placement });
const using = (name: string, driver: string): string =>
  `DRIVER:                  Using "${name}" with driver: "${driver}"\n`;

describe('a trial that succeeds', () => {
  it.each([
    ['SwiftShader', using('SwiftShader Device (Subzero)', './libvk_swiftshader.so'), true],
    ['lavapipe', using('llvmpipe (LLVM 15.0.6, 256 bits)', 'libvulkan_lvp.so'), true],
    ['a GPU', using('NVIDIA H100 PCIe', 'libGLX_nvidia.so.0'), false],
    ['no loader', '', null],
  ])('tells software from hardware: %s', (_, stderr, software) => {
    const report = judgeTrial('webgpu', outcome({ stdout: success, stderr }));
    expect(report).toMatchObject({ status: 'works', reason: null, placement, software });
  });

  it('names the adapter that is opened, not others that there are', () => {
    const others = 'DRIVER:   [0] Intel UHD\nDRIVER:   [1] NVIDIA H100\n';
    const stderr = others + using('NVIDIA H100', 'libGLX_nvidia.so.0');
    expect(judgeTrial('webgpu', outcome({ stdout: success, stderr })).adapter).toBe('NVIDIA H100');
  });
});

describe('a trial that fails', () => {
  const failed = (failure: string, cause = ''): string => JSON.stringify({ failure, cause });

  it.each([
    ['crashes', { signal: 'SIGSEGV' }, 'onnxruntime crashed with SIGSEGV'],
    ['crashes late', { stdout: success, signal: 'SIGABRT' }, 'onnxruntime crashed with SIGABRT'],
    ['hangs', { timedOut: true, signal: 'SIGKILL' }, 'a small convolution did not end in time'],
    ['ends early', { code: 7 }, 'onnxruntime ended the process with code 7'],
    ['says nonsense', { stdout: '{' }, 'onnxruntime ended the process with code 0'],
    ['says why', { stdout: failed('a convolution gives 1 instead of 2') }, 'a convolution gives 1'],
  ])('%s', (_, given, reason) => {
    const report = judgeTrial('webgpu', outcome(given));
    expect(report).toMatchObject({ status: 'missing', placement: null, adapter: null });
    expect(report.reason).toContain(reason);
  });
});
