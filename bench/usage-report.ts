/** Preloaded into a measured process: writes what it used to the file named in `usageFile`, as JSON. */
import { readFileSync, writeFileSync } from 'node:fs';

/** Environment variable that names the file. */
export const usageFile = 'REPARAM_BENCH_USAGE';

export interface Usage {
  /** Seconds of processor time, those of all threads and of the system together. */
  readonly cpuSeconds: number;
  /** Largest resident set in bytes. */
  readonly peakBytes: number;
}

/** What Linux says about this process alone: the general figure includes what its parent held when it was forked. */
function linuxPeak(): number | null {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return match ? 1024 * Number(match[1]) : null;
  } catch {
    return null;
  }
}

const path = process.env[usageFile];
if (path !== undefined) {
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    const usage: Usage = {
      cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
      peakBytes: linuxPeak() ?? 1024 * maxRSS,
    };
    writeFileSync(path, JSON.stringify(usage));
  });
}
