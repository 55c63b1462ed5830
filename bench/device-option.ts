import { type Device, deviceNames } from '../src/runtime/index.js';

/** Reads the option `--device` of a benchmark. */
export function deviceOption(name: string): Device {
  const device = deviceNames.find((known) => known === name);
  if (!device) throw new Error(`--device must be one of ${deviceNames.join(', ')}`);
  return device;
}
