import { readFileSync } from 'node:fs';
import type { Milliseconds } from '../units.js';
import { familyOf } from './resident-memory.js';

/** proc(5): a tick is 10 ms to programs, whatever the kernel's own are. */
const TICK: Milliseconds = 10;

/** User and system time of a process and all that descend from it so far. Undefined where there is no /proc. */
export const cpuTime = (pid: number): Milliseconds | undefined => {
  const ticks = familyOf(pid).map(ticksOf);
  return ticks[0] === undefined ? undefined : TICK * ticks.reduce<number>((sum, some) => sum + (some ?? 0), 0);
};

const ticksOf = (pid: number): number | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name may hold blanks and brackets; of the fields after it, the 12th and 13th are user and system time.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(fields[11]) + Number(fields[12]);
  } catch {
    return undefined;
  }
};
