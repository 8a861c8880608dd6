import { randomUUID } from 'node:crypto';
import { open, readFile, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { Fault } from '../faults.js';
import type { Milliseconds } from '../units.js';

/** Who holds a lock, as its file says. */
export interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

export interface LockOptions {
  readonly signal: AbortSignal;
  /** Called once when another process holds the lock. */
  readonly onWait?: (holder: Holder | undefined) => void;
  /** A sign of life is written so often. */
  readonly heartbeat?: Milliseconds;
}

const HEARTBEAT: Milliseconds = 1000;
/** A holder without a sign of life for so many heartbeats is gone, even if its process id means something here. */
const SILENT_FOR_GOOD = 20;
/** The same where no process has its id. Not at once: in a container the same id means another process. */
const SILENT_AND_GONE = 4;

const readHolder = async (file: string): Promise<Holder | undefined> => {
  try {
    const said = JSON.parse(await readFile(file, 'utf8')) as Partial<Holder>;
    return { pid: Number(said.pid), host: String(said.host), token: String(said.token) };
  } catch {
    return undefined;
  }
};

const age = async (file: string): Promise<Milliseconds> => {
  try {
    return Date.now() - (await stat(file)).mtimeMs;
  } catch {
    return 0;
  }
};

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Whether the lock's holder will never give it back. */
const isStale = async (file: string, holder: Holder | undefined, heartbeat: Milliseconds): Promise<boolean> => {
  const silent = await age(file);
  if (silent > SILENT_FOR_GOOD * heartbeat) return true;
  const gone = !holder || (holder.host === hostname() && !isRunning(holder.pid));
  return gone && silent > SILENT_AND_GONE * heartbeat;
};

const create = async (file: string, content: string): Promise<boolean> => {
  try {
    const handle = await open(file, 'wx');
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

/** Removes a stale lock. One process at a time, or the second would remove the lock that the first has just taken. */
const breakLock = async (file: string, stale: Holder | undefined, heartbeat: Milliseconds): Promise<void> => {
  const guard = `${file}.break`;
  if (!(await create(guard, ''))) {
    if ((await age(guard)) > SILENT_FOR_GOOD * heartbeat) await rm(guard, { force: true });
    return;
  }
  try {
    if ((await readHolder(file))?.token === stale?.token) await rm(file, { force: true });
  } finally {
    await rm(guard, { force: true });
  }
};

/**
 * Runs `work` while no other process (nor another part of this one) holds the lock file. The signal that `work` is given
 * is aborted too when the lock is lost, which takes a machine that slept for long.
 * @throws the signal's reason; what `work` throws; what the file system throws.
 */
export const withLock = async <T>(
  file: string,
  options: LockOptions,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const { signal, onWait, heartbeat = HEARTBEAT } = options;
  const mine: Holder = { pid: process.pid, host: hostname(), token: randomUUID() };
  for (let told = false; !(await create(file, JSON.stringify(mine))); ) {
    signal.throwIfAborted();
    const holder = await readHolder(file);
    if (await isStale(file, holder, heartbeat)) {
      await breakLock(file, holder, heartbeat);
    } else {
      if (!told) onWait?.(holder);
      told = true;
    }
    await pause(Math.min(heartbeat, 200), undefined, { signal }).catch(() => signal.throwIfAborted());
  }

  const lost = new AbortController();
  const beat = async () => {
    const now = new Date();
    if ((await readHolder(file))?.token === mine.token) await utimes(file, now, now);
    else lost.abort(new Fault('busy', 'Another process has taken over the model folder.', { retry: true }));
  };
  const timer = setInterval(() => void beat().catch(() => {}), heartbeat);
  timer.unref();
  try {
    signal.throwIfAborted();
    return await work(AbortSignal.any([signal, lost.signal]));
  } finally {
    clearInterval(timer);
    if ((await readHolder(file))?.token === mine.token) await rm(file, { force: true });
  }
};
