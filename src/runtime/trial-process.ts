/** A process of its own for one device, because a driver that fails may write to stderr or end the process. */
import { argv, stdout } from 'node:process';
import type { Device } from './devices.js';
import { loadOnnxruntime } from './onnxruntime.js';
import type { Placement } from './placement.js';
import { tryDevice } from './trial.js';

/** What the process writes to stdout, as JSON. */
export type TrialResult =
  | { readonly placement: Placement }
  | {
      readonly failure: string;
      /** onnxruntime's own words for it, if any. */
      readonly cause: string;
    };

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : '');

async function attempt(device: Device): Promise<TrialResult> {
  try {
    // The log names the libraries that were not found; the message does not.
    (await loadOnnxruntime()).env.logLevel = 'error';
    return { placement: await tryDevice(device) };
  } catch (error) {
    return { failure: messageOf(error), cause: messageOf((error as Error).cause) };
  }
}

stdout.write(JSON.stringify(await attempt(argv[2] as Device)));
