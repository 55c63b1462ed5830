import type * as Onnxruntime from 'onnxruntime-node';
import { internalError, ReparamError } from '../errors.js';
import { devices, platform } from './devices.js';

let loading: Promise<typeof Onnxruntime> | undefined;
let tf32 = false;

/**
 * Lets NVIDIA GPUs round the factors of float32 products to 10 bits (TF32), as onnxruntime does by default. Otherwise
 * they compute in float32 like every other device, so that results can be compared to float32's own rounding. The CUDA
 * libraries decide it when they are loaded, for the whole process, hence this must come before the first session.
 */
export function allowTf32(): void {
  if (loading !== undefined) throw internalError('allowTf32 comes after the first session');
  tf32 = true;
}

async function load(): Promise<typeof Onnxruntime> {
  // Without it, models of an opset that onnxruntime implements but ONNX has not released are refused.
  process.env.ALLOW_RELEASED_ONNX_OPSET_ONLY ??= '0';
  // Otherwise official builds report every session to Microsoft and leave files in the temporary folder.
  process.env.ORT_DISABLE_TELEMETRY ??= '1';
  // The Node binding passes no options of the CUDA provider on, but the CUDA libraries read the environment.
  if (!tf32) process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const onnxruntime = await import('onnxruntime-node').catch((cause: unknown) => {
    throw new ReparamError('environment', `onnxruntime-node does not load on ${platform}`, {
      cause,
      hint: `reinstall the package with npm; it holds binaries for ${devices.cpu.platforms.join(', ')}`,
    });
  });
  // What fails arrives as an exception; the log of the environment would repeat it on stderr.
  onnxruntime.env.logLevel = 'fatal';
  return onnxruntime;
}

/** Loads the native library on first use, so that commands that run no model start at once. */
export function loadOnnxruntime(): Promise<typeof Onnxruntime> {
  loading ??= load();
  return loading;
}
