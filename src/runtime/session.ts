import type { InferenceSession } from 'onnxruntime-node';
import type { TensorType } from '../ir/index.js';
import type { Tensor } from '../tensor/index.js';
import type { Device } from './devices.js';
import { runError, UnrunnableError } from './errors.js';
import { freePassedBuffers, notePassed } from './memory.js';
import { openNative } from './native.js';
import { loadOnnxruntime } from './onnxruntime.js';
import type { Placement } from './placement.js';
import type { ModelSource } from './source.js';
import { fromOnnxruntime, isTransferable, toOnnxruntime } from './tensors.js';
import type { WebGpuLayout } from './webgpu-layout.js';

export interface SessionOptions {
  /** How much onnxruntime rewrites the graph before it runs: 'all' (default) as when deployed, 'disabled' node by node. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Threads an operator may use; onnxruntime's own choice by default. */
  readonly threads?: number;
  /**
   * Whether onnxruntime keeps what it has once allocated for the next run, as it does by default: faster, but a session
   * then holds as much as its largest run took.
   */
  readonly arena?: boolean;
  /** Where the model runs; the CPU by default, and for every operator that the device lacks. */
  readonly device?: Device;
  /** Layout in which WebGPU computes convolutions; by default the one in which onnxruntime computes the model rightly. */
  readonly layout?: WebGpuLayout;
  /** Whether to note in the first run which provider ran which node, for {@link Session.placement}. */
  readonly placement?: boolean;
}

/** An input or output. Its type is null when it is no tensor (a sequence, map or optional). */
export interface ValueInfo {
  readonly name: string;
  readonly type: TensorType | null;
}

export interface Session {
  readonly device: Device;
  /** What a user who deploys the model must know of how it was opened, as sentences. */
  readonly notes: readonly string[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /**
   * Runs the model once.
   * @param fetches names of the outputs wanted; all by default.
   * @returns the outputs by name, in the order asked for.
   * @throws UnrunnableError when onnxruntime rejects the feeds or fails.
   */
  run(
    feeds: ReadonlyMap<string, Tensor>,
    fetches?: readonly string[],
  ): Promise<Map<string, Tensor>>;
  /** Where the nodes ran in the first run that succeeded; null before it, and unless the options asked for it. */
  placement(): Promise<Placement | null>;
  /** Frees the native memory; the session cannot run afterwards. */
  release(): Promise<void>;
}

const valueInfo = (value: InferenceSession.ValueMetadata): ValueInfo => ({
  name: value.name,
  type: value.isTensor
    ? // onnxruntime spells a length without a name as an empty symbol.
      { dtype: value.type, shape: value.shape.map((dim) => (dim === '' ? null : dim)) }
    : null,
});

function checkFetches(outputs: readonly ValueInfo[], fetches: readonly string[]): void {
  for (const { name, type } of outputs) {
    if (!fetches.includes(name)) continue;
    if (type === null) throw new UnrunnableError(`output '${name}' is not a tensor`);
    if (!isTransferable(type.dtype)) {
      throw new UnrunnableError(`onnxruntime-node returns no ${type.dtype} tensors ('${name}')`);
    }
  }
}

/**
 * Prepares a model to run.
 * @throws ReparamError for an unreadable file or a device that does not work on this machine,
 *   {@link UnrunnableError} for a model that onnxruntime cannot run.
 */
export async function openSession(
  source: ModelSource,
  options: SessionOptions = {},
): Promise<Session> {
  const device = options.device ?? 'cpu';
  const { Tensor: Constructor } = await loadOnnxruntime();
  const { session, profile, notes, circumstances } = await openNative(source, options);
  const outputs = session.outputMetadata.map(valueInfo);
  return {
    device,
    notes,
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    inputs: session.inputMetadata.map(valueInfo),
    outputs,
    placement: async () => profile?.placement() ?? null,
    async release() {
      try {
        await session.release();
      } finally {
        await profile?.discard();
      }
    },
    async run(feeds, fetches = session.outputNames) {
      checkFetches(outputs, fetches);
      freePassedBuffers();
      try {
        const native = [...feeds].map(
          ([name, t]) => [name, toOnnxruntime(t, Constructor)] as const,
        );
        const results = await session.run(Object.fromEntries(native), fetches);
        profile?.end(session);
        const outputs = new Map(
          fetches.map((name) => [name, fromOnnxruntime(results[name] as never)]),
        );
        notePassed(feeds.values());
        notePassed(outputs.values());
        return outputs;
      } catch (cause) {
        throw cause instanceof UnrunnableError ? cause : runError(cause, circumstances);
      }
    },
  };
}

/** Opens a model, runs it once and releases it. */
export async function runModel(
  source: ModelSource,
  feeds: ReadonlyMap<string, Tensor>,
  options: SessionOptions = {},
): Promise<Map<string, Tensor>> {
  const session = await openSession(source, options);
  try {
    return await session.run(feeds);
  } finally {
    await session.release();
  }
}
