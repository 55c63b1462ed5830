import { stat } from 'node:fs/promises';
import type { InferenceSession } from 'onnxruntime-node';
import { inputError } from '../errors.js';
import { encodeModel } from '../onnx/index.js';
import { devices } from './devices.js';
import { type Circumstances, openError } from './errors.js';
import { loadOnnxruntime } from './onnxruntime.js';
import { type Profile, startProfile } from './profile.js';
import type { SessionOptions } from './session.js';
import type { ModelSource } from './source.js';
import { chooseLayout, type WebGpuLayout } from './webgpu-layout.js';

/** A session of onnxruntime itself, and what its owner must know and release. */
export interface NativeSession {
  readonly session: InferenceSession;
  readonly profile: Profile | null;
  /** What a user who deploys the model must know of how it was opened, as sentences. */
  readonly notes: readonly string[];
  readonly circumstances: Circumstances;
}

async function readable(path: string): Promise<void> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw inputError(`cannot read ${path}: no such file`, { cause, at: path });
  });
  if (!stats.isFile()) throw inputError(`${path} is not a file`, { at: path });
}

/**
 * Threads that spin while they wait take the processor from those that work; but waking one takes longer than many
 * operators do. So they spin no longer than it takes to get from one operator to the next.
 */
const waiting = { allow_spinning: '1', spin_duration_us: '100' };

function nativeOptions(
  options: SessionOptions,
  layout: WebGpuLayout | null,
  profile: Profile | null,
): InferenceSession.SessionOptions {
  const { device = 'cpu', optimization = 'all', arena = true, threads } = options;
  return {
    executionProviders: devices[device].providers.map((name) =>
      name === 'webgpu' && layout ? { name, preferredLayout: layout } : name,
    ),
    graphOptimizationLevel: optimization,
    enableMemPattern: false,
    enableCpuMemArena: arena,
    extra: { session: { intra_op: waiting } },
    // Errors arrive as exceptions; the log would repeat them on stderr.
    logSeverityLevel: 4,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(profile && { enableProfiling: true, profileFilePrefix: profile.prefix }),
  };
}

async function create(
  source: ModelSource,
  options: InferenceSession.SessionOptions,
  circumstances: Circumstances,
): Promise<InferenceSession> {
  const { InferenceSession } = await loadOnnxruntime();
  const input = 'graph' in source ? encodeModel(source) : source;
  try {
    if (input instanceof Uint8Array) return await InferenceSession.create(input, options);
    return await InferenceSession.create(input.path, options);
  } catch (cause) {
    throw openError(cause, circumstances);
  }
}

/**
 * @param extra options of onnxruntime beyond those that follow from `options`
 * @throws ReparamError for an unreadable file or a device that does not work on this machine,
 *   UnrunnableError for a model that onnxruntime cannot run.
 */
export async function openNative(
  source: ModelSource,
  options: SessionOptions,
  extra: InferenceSession.SessionOptions = {},
): Promise<NativeSession> {
  const device = options.device ?? 'cpu';
  const at = 'path' in source ? source.path : undefined;
  if (at !== undefined) await readable(at);
  const choice = device === 'webgpu' && !options.layout ? await chooseLayout(source) : null;
  const layout = options.layout ?? choice?.layout ?? null;
  const profile = options.placement ? await startProfile(device) : null;
  const circumstances = { device, at };
  const native = { ...nativeOptions(options, layout, profile), ...extra };
  const session = await create(source, native, circumstances).catch(async (error: unknown) => {
    await profile?.discard();
    throw error;
  });
  return { session, profile, notes: choice?.note ? [choice.note] : [], circumstances };
}
