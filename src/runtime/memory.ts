import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

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
