import { readdirSync, readFileSync } from 'node:fs';
import type { Bytes } from '../units.js';

export interface ResidentMemory {
  /** Sum of what is resident of each process; pages that they share count several times. */
  readonly resident: Bytes;
  /** Shared pages by the share of each; undefined where the kernel does not tell. */
  readonly proportional: Bytes | undefined;
  readonly processes: number;
}

/** Of a process and all that descend from it. Undefined where there is no /proc. */
export const residentMemory = (pid: number = process.pid): ResidentMemory | undefined => {
  let resident = 0;
  let proportional: number | undefined = 0;
  const family = familyOf(pid);
  for (const member of family) {
    const status = read(`/proc/${member}/status`);
    const rss = /^VmRSS:\s+(\d+) kB/m.exec(status)?.[1];
    if (rss === undefined) continue;
    resident += Number(rss) * 1024;
    const pss = /^Pss:\s+(\d+) kB/m.exec(read(`/proc/${member}/smaps_rollup`))?.[1];
    proportional = pss === undefined || proportional === undefined ? undefined : proportional + Number(pss) * 1024;
  }
  return resident > 0 ? { resident, proportional, processes: family.length } : undefined;
};

/** proc(5): the name may hold blanks and brackets, so fields count from the last one; the parent is the second after. */
const parentOf = (stat: string): number => Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);

/** A process and all that descend from it; the process alone where there is no /proc. */
export const familyOf = (pid: number): readonly number[] => {
  const children = new Map<number, number[]>();
  for (const entry of list('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const parent = parentOf(read(`/proc/${entry}/stat`));
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  const family = [pid];
  for (const member of family) family.push(...(children.get(member) ?? []));
  return family;
};

/** Empty where it is not there, or not any more. */
const read = (file: string): string => {
  try {
    return readFileSync(file, 'latin1');
  } catch {
    return '';
  }
};

const list = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};
