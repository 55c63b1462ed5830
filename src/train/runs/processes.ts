import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Where the numbers of processes mean something: containers may share a host's name, but not its processes. */
export const thisMachine = (): string => `${hostname()} ${linkOf('/proc/self/ns/pid')}`.trim();

/** Fields of Linux's /proc/PID/stat behind the process's name: the state first. Null elsewhere and for no process. */
function statOf(pid: number): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

/** Its place among the fields of `statOf`: proc(5) counts 22. */
const startTime = 19;

/** When a process was started, in ticks since the machine was; null where that is not known. */
export const birthOf = (pid: number): string | null => statOf(pid)?.[startTime] ?? null;

/** Whether there is such a process on this machine; one that has ended but was not yet taken leave of counts as none. */
export function isAlive(pid: number): boolean {
  const [state] = statOf(pid) ?? [];
  if (state === 'Z' || state === 'X') return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's process is alive too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
