/** Preloaded into a measured process: writes what it used to the file named in `usageFile`, as JSON. */
import { writeFileSync } from 'node:fs';
import { peakResident } from '../src/timing/resident.js';

/** Environment variable that names the file. */
export const usageFile = 'REPARAM_BENCH_USAGE';

export interface Usage {
  /** Seconds of processor time, those of all threads and of the system together. */
  readonly cpuSeconds: number;
  /** Largest resident set in bytes. */
  readonly peakBytes: number;
}

const path = process.env[usageFile];
if (path !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime } = process.resourceUsage();
    const usage: Usage = {
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peakBytes: peakResident(),
    };
    writeFileSync(path, JSON.stringify(usage));
  });
}
