import type { InferenceSession, Tensor as OnnxruntimeTensor } from 'onnxruntime-node';
import { internalError } from '../errors.js';
import type { Model } from '../ir/index.js';
import type { Tensor } from '../tensor/index.js';
import type { Device } from './devices.js';
import { runError } from './errors.js';
import { freePassedBuffers, notePassed } from './memory.js';
import { openNative } from './native.js';
import { withBlockedConvolutions } from './nchwc/index.js';
import { loadOnnxruntime } from './onnxruntime.js';
import type { Placement } from './placement.js';
import type { SessionOptions } from './session.js';
import { SessionState } from './session-state.js';
import { fromOnnxruntime, toOnnxruntime } from './tensors.js';

/** A tensor that a model takes in and gives back changed. */
export interface StateBinding {
  /** Name of the graph input. */
  readonly input: string;
  /** Name of the graph output that takes its place in the next run. */
  readonly output: string;
}

/** A session whose runs feed each other. On WebGPU the state stays there between them. */
export interface StatefulSession {
  readonly device: Device;
  readonly notes: readonly string[];
  /** Sets state, by the name of its input; all of it before the first run. */
  set(state: ReadonlyMap<string, Tensor>): void;
  /**
   * Runs the model once; its state moves on, unless the results are not accepted.
   * @param feeds the inputs that are no state
   * @returns the outputs that are no state
   */
  run(
    feeds: ReadonlyMap<string, Tensor>,
    accept?: (results: ReadonlyMap<string, Tensor>) => boolean,
  ): Promise<Map<string, Tensor>>;
  /** The state as it is now, by the name of its input. */
  get(): Promise<Map<string, Tensor>>;
  placement(): Promise<Placement | null>;
  /** Frees the session, and the state unless it was given. */
  release(): Promise<void>;
}

/** The other devices hand all outputs back to the host. */
const onDevice = (device: Device): boolean => device === 'webgpu';

/** Whether each run copies the state to a device and back. */
export const copiesState = (device: Device): boolean => device !== 'cpu' && !onDevice(device);

/**
 * Opens a model some of whose outputs take the place of inputs in the next run.
 * @param shared state that other sessions on the same device take part in: whatever of it the model has as inputs
 * @throws what {@link openSession} throws.
 */
export async function openStatefulSession(
  model: Model,
  bindings: readonly StateBinding[],
  options: SessionOptions = {},
  shared: SessionState | null = null,
): Promise<StatefulSession> {
  const device = options.device ?? 'cpu';
  const { Tensor: Constructor } = await loadOnnxruntime();
  const extra: InferenceSession.SessionOptions = onDevice(device)
    ? {
        preferredOutputLocation: Object.fromEntries(
          bindings.map(({ output }) => [output, 'gpu-buffer' as const]),
        ),
      }
    : {};
  const source = device === 'cpu' ? await withBlockedConvolutions(model) : model;
  const { session, profile, notes, circumstances } = await openNative(source, options, extra);
  const state = shared ?? new SessionState();
  const kept = new Set(bindings.map(({ output }) => output));
  const results = session.outputNames.filter((name) => !kept.has(name));

  return {
    device,
    notes,
    set(tensors) {
      for (const [name, tensor] of tensors) state.replace(name, toOnnxruntime(tensor, Constructor));
    },
    async run(feeds, accept = () => true) {
      const missing = bindings.find(({ input }) => !state.has(input));
      if (missing) throw internalError(`the state '${missing.input}' has not been set`);
      freePassedBuffers();
      const inputs = state.feeds(session.inputNames);
      for (const [name, tensor] of feeds) inputs[name] = toOnnxruntime(tensor, Constructor);
      const outputs = await session.run(inputs).catch((cause: unknown) => {
        throw runError(cause, circumstances);
      });
      profile?.end(session);
      const found = new Map(
        results.map((name) => [name, fromOnnxruntime(outputs[name] as never)] as const),
      );
      const accepted = accept(found);
      for (const { input, output } of bindings) {
        const next = outputs[output] as OnnxruntimeTensor;
        if (accepted) state.replace(input, next);
        else if (next.location === 'gpu-buffer') next.dispose();
      }
      notePassed(feeds.values());
      state.notePassed();
      return found;
    },
    get: () => state.read(device),
    placement: async () => profile?.placement() ?? null,
    async release() {
      if (!shared) state.release();
      try {
        await session.release();
      } finally {
        await profile?.discard();
      }
    },
  };
}
