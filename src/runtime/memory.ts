import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Below this many bytes of buffers, collecting them is not worth a pause. */
const worthCollecting = 2 ** 27;

let collect: (() => void) | undefined;

/**
 * Frees large buffers that nobody holds any more. V8 would wait, because it does not see what onnxruntime is about to
 * allocate beside them.
 */
export function freeUnusedBuffers(): void {
  if (process.memoryUsage().arrayBuffers < worthCollecting) return;
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  collect();
}
