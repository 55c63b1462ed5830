import type * as Onnxruntime from 'onnxruntime-node';
import { ReparamError } from '../errors.js';

let loading: Promise<typeof Onnxruntime> | undefined;

/** Loads the native library on first use, so that commands that run no model start at once. */
export function loadOnnxruntime(): Promise<typeof Onnxruntime> {
  // Without it, models of an opset that onnxruntime implements but ONNX has not released are refused.
  process.env.ALLOW_RELEASED_ONNX_OPSET_ONLY ??= '0';
  loading ??= import('onnxruntime-node').catch((cause: unknown) => {
    throw new ReparamError(
      'environment',
      `onnxruntime-node does not load on this machine (${process.platform}-${process.arch})`,
      {
        cause,
        hint: 'reinstall the package with npm; it holds binaries for x64 and arm64 of Linux, macOS and Windows',
      },
    );
  });
  return loading;
}
