import { readFileSync } from 'node:fs';

/** What Linux says about this process alone. */
function linuxPeak(): number | null {
  try {
    const match = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return match ? 1024 * Number(match[1]) : null;
  } catch {
    return null;
  }
}

/** Largest resident set of this process in bytes; but on Linux, what its parent held when it was forked may be in it. */
export const peakResident = (): number => linuxPeak() ?? 1024 * process.resourceUsage().maxRSS;
