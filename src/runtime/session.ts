import { stat } from 'node:fs/promises';
import type { InferenceSession } from 'onnxruntime-node';
import { inputError } from '../errors.js';
import type { Model, TensorType } from '../ir/index.js';
import { encodeModel } from '../onnx/index.js';
import type { Tensor } from '../tensor/index.js';
import { openError, runError, UnrunnableError } from './errors.js';
import { loadOnnxruntime } from './onnxruntime.js';
import { fromOnnxruntime, isTransferable, toOnnxruntime } from './tensors.js';

/** A model in memory, an encoded ONNX file, or a file that onnxruntime reads itself, external data included. */
export type ModelSource = Model | Uint8Array | { readonly path: string };

export interface SessionOptions {
  /** How much onnxruntime rewrites the graph before it runs: 'all' (default) as when deployed, 'disabled' node by node. */
  readonly optimization?: 'disabled' | 'basic' | 'extended' | 'all';
  /** Threads an operator may use; onnxruntime's own choice by default. */
  readonly threads?: number;
}

/** An input or output. Its type is null when it is no tensor (a sequence, map or optional). */
export interface ValueInfo {
  readonly name: string;
  readonly type: TensorType | null;
}

export interface Session {
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

async function readable(path: string): Promise<void> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw inputError(`cannot read ${path}: no such file`, { cause, at: path });
  });
  if (!stats.isFile()) throw inputError(`${path} is not a file`, { at: path });
}

async function create(
  source: ModelSource,
  options: SessionOptions,
  at: string | undefined,
): Promise<InferenceSession> {
  const { InferenceSession } = await loadOnnxruntime();
  const native: InferenceSession.SessionOptions = {
    graphOptimizationLevel: options.optimization ?? 'all',
    enableMemPattern: false,
    // Threads that spin while they wait take the processor from those that work.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    // Errors arrive as exceptions; the log would repeat them on stderr.
    logSeverityLevel: 4,
    ...(options.threads === undefined ? {} : { intraOpNumThreads: options.threads }),
  };
  const input = 'graph' in source ? encodeModel(source) : source;
  try {
    if (input instanceof Uint8Array) return await InferenceSession.create(input, native);
    return await InferenceSession.create(input.path, native);
  } catch (cause) {
    throw openError(cause, at);
  }
}

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
 * Prepares a model to run on the CPU.
 * @throws ReparamError for an unreadable file, {@link UnrunnableError} for a model that onnxruntime cannot run.
 */
export async function openSession(
  source: ModelSource,
  options: SessionOptions = {},
): Promise<Session> {
  const at = 'path' in source ? source.path : undefined;
  if (at !== undefined) await readable(at);
  const session = await create(source, options, at);
  const { Tensor: Constructor } = await loadOnnxruntime();
  const outputs = session.outputMetadata.map(valueInfo);
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    inputs: session.inputMetadata.map(valueInfo),
    outputs,
    release: () => session.release(),
    async run(feeds, fetches = session.outputNames) {
      checkFetches(outputs, fetches);
      try {
        const native = [...feeds].map(
          ([name, t]) => [name, toOnnxruntime(t, Constructor)] as const,
        );
        const results = await session.run(Object.fromEntries(native), fetches);
        return new Map(fetches.map((name) => [name, fromOnnxruntime(results[name] as never)]));
      } catch (cause) {
        throw cause instanceof UnrunnableError ? cause : runError(cause, at);
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
