import { readFileSync } from 'node:fs';
import { cpus, freemem, loadavg, totalmem } from 'node:os';
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Bytes, Milliseconds } from '../units.js';

/** What a stretch of time cost the machine. */
export interface Load {
  /** How long it was. */
  readonly duration: Milliseconds;
  /** Of this process, all its threads. */
  readonly cpu: Milliseconds;
  /** Of the processes that hold engines, where the system tells. */
  readonly children: { readonly cpu: Milliseconds; readonly memory: Bytes } | undefined;
  /** Share of all cores that anybody used, 0…1. */
  readonly system: number;
  /** Mean number of those who wanted a core, over the last minute; 0 on Windows. */
  readonly loadAverage: number;
  /** Resident, of this process, at the end. */
  readonly memory: Bytes;
  readonly systemMemory: { readonly total: Bytes; readonly free: Bytes };
  /** How late the event loop was. */
  readonly eventLoopDelay: { readonly p99: Milliseconds; readonly max: Milliseconds };
}

export interface LoadMeter {
  /** What it cost since the start. May be called once. */
  stop(): Load;
}

/** What Node's histogram measures is the time between two ticks; what exceeds this is delay. */
const RESOLUTION: Milliseconds = 5;

/**
 * Measures from now on.
 * @param children process ids of engines, asked for at the start and at the end; by default all of this process.
 */
export const measureLoad = (children: () => readonly number[] = ownChildren): LoadMeter => {
  const started = performance.now();
  const own = process.cpuUsage();
  const before = childrenOf(children());
  const system = systemTimes();
  const delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  delays.enable();
  return {
    stop() {
      delays.disable();
      const used = process.cpuUsage(own);
      const after = childrenOf(children());
      const now = systemTimes();
      const busy = now.busy - system.busy;
      const all = now.all - system.all;
      return {
        duration: performance.now() - started,
        cpu: (used.user + used.system) / 1_000,
        children: childLoad(before, after),
        system: all > 0 ? busy / all : 0,
        loadAverage: loadavg()[0] ?? 0,
        memory: process.memoryUsage.rss(),
        systemMemory: { total: totalmem(), free: availableMemory() },
        eventLoopDelay: { p99: delayOf(delays, delays.percentile(99)), max: delayOf(delays, delays.max) },
      };
    },
  };
};

/** Where the kernel tells (CONFIG_PROC_CHILDREN). */
const ownChildren = (): readonly number[] => {
  try {
    const listed = readFileSync(`/proc/self/task/${process.pid}/children`, 'latin1');
    return listed.split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
};

const delayOf = (delays: IntervalHistogram, nanoseconds: number): Milliseconds =>
  delays.count === 0 ? 0 : Math.max(0, nanoseconds / 1e6 - RESOLUTION);

const systemTimes = (): { busy: number; all: number } => {
  let idle = 0;
  let all = 0;
  for (const { times } of cpus()) {
    idle += times.idle;
    all += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { busy: all - idle, all };
};

interface ChildUse {
  readonly cpu: Milliseconds;
  readonly memory: Bytes;
}

/** Processes that have ended, and systems without /proc, are left out. */
const childrenOf = (pids: readonly number[]): ReadonlyMap<number, ChildUse> => {
  const uses = new Map<number, ChildUse>();
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      // proc(5): the name may hold blanks and brackets, so fields count from the last one; utime and stime are 14 and 15.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const ticks = Number(fields[11]) + Number(fields[12]);
      const resident = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
      uses.set(pid, { cpu: ticks * TICK, memory: resident * 1024 });
    } catch {}
  }
  return uses;
};

/** USER_HZ has been 100 on every Linux that Node runs on. */
const TICK: Milliseconds = 10;

const childLoad = (
  before: ReadonlyMap<number, ChildUse>,
  after: ReadonlyMap<number, ChildUse>,
): ChildUse | undefined => {
  if (after.size === 0) return undefined;
  let cpu = 0;
  let memory = 0;
  for (const [pid, use] of after) {
    cpu += use.cpu - (before.get(pid)?.cpu ?? 0);
    memory += use.memory;
  }
  return { cpu, memory };
};

/** What programs could still get: `os.freemem` counts the disk cache as used. */
const availableMemory = (): Bytes => {
  try {
    const available = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync('/proc/meminfo', 'latin1'))?.[1];
    return available ? Number(available) * 1024 : freemem();
  } catch {
    return freemem();
  }
};
