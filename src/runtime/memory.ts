import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Tensor } from '../tensor/index.js';

/** Below this many bytes of buffers that may be unused, collecting them is not worth a pause. */
const worthCollecting = 2 ** 27;

let collect: (() => void) | undefined;

/** Bytes of buffers that were in use when they were last collected. */
let inUse = 0;

/**
 * Frees large buffers that nobody holds any more. V8 would wait, because it does not see what onnxruntime is about to
 * allocate beside them.
 */
export function freeUnusedBuffers(): void {
  const { arrayBuffers } = process.memoryUsage();
  inUse = Math.min(inUse, arrayBuffers);
  if (arrayBuffers < inUse + worthCollecting) return;
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
  inUse = process.memoryUsage().arrayBuffers;
}

/** Bytes that sessions have taken and handed out since they last asked for what is unused. */
let passed = 0;

/** Frees unused buffers before a run, but asks only where enough has passed since: asking takes longer than a small run. */
export function freePassedBuffers(): void {
  if (passed < worthCollecting) return;
  passed = 0;
  freeUnusedBuffers();
}

/** Takes note of what a run was fed with or gave. */
export function notePassed(tensors: Iterable<Tensor>): void {
  for (const tensor of tensors) passed += tensor.byteLength;
}
