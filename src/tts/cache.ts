import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../engines/carrier.js';
import { messageOf } from '../faults.js';
import type { Bytes, Hertz } from '../units.js';
import { decodeSound, encodeSound } from './sound-file.js';

/**
 * Rendered sentences on disk, for the persona's own lines: what somebody said to the house, and the answers made of
 * it, are never handed to it. A file's name is a hash and nothing in it is text. Several processes may share a
 * folder: files appear whole or not at all, and a file that another one has removed is only a miss.
 *
 * Nothing here throws: a disk that is full or read-only is logged once, and from then on nothing is written.
 */
export interface DiskCache {
  get(key: string): Promise<Int16Array | undefined>;
  has(key: string): Promise<boolean>;
  /** False where it is not stored. */
  set(key: string, sound: Int16Array): Promise<boolean>;
  readonly writable: boolean;
}

export interface DiskCacheOptions {
  readonly folder: string;
  /** The least recently used files are removed beyond this. */
  readonly maxBytes: Bytes;
  readonly rate: Hertz;
  readonly log: Pick<Log, 'debug' | 'warn'>;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

const SUFFIX = '.sound';
const UNFINISHED = '.part';
/** An unfinished file that is older was left by a process that died. */
const ABANDONED = 3_600_000;
/** Room is made down to this share, so that not every write has to. */
const SHRINK_TO = 0.9;

interface Entry {
  readonly name: string;
  readonly size: Bytes;
  readonly used: number;
}

/** Makes the folder where it is missing. */
export const openDiskCache = async (options: DiskCacheOptions): Promise<DiskCache> => {
  const { folder, maxBytes, rate, log, now = Date.now } = options;
  let writable = true;
  /** Bytes in the folder as far as this process knows: the others' files are counted when room is made. */
  let bytes = 0;
  const path = (key: string) => join(folder, `${key}${SUFFIX}`);

  const giveUp = (error: unknown): void => {
    if (writable)
      log.warn({ folder, cause: messageOf(error) }, `The voice's cache cannot be written: ${messageOf(error)}`);
    writable = false;
  };

  const list = async (): Promise<Entry[]> => {
    const names = await readdir(folder);
    const entries = await Promise.all(
      names.map(async (name) => {
        const found = await stat(join(folder, name)).catch(() => undefined);
        return found === undefined ? [] : [{ name, size: found.size, used: found.mtimeMs }];
      }),
    );
    return entries.flat();
  };

  const makeRoom = async (): Promise<void> => {
    const entries = await list();
    const abandoned = entries.filter(({ name, used }) => name.endsWith(UNFINISHED) && now() - used > ABANDONED);
    for (const { name } of abandoned) await rm(join(folder, name), { force: true });
    const sounds = entries.filter(({ name }) => name.endsWith(SUFFIX)).sort((a, b) => a.used - b.used);
    bytes = sounds.reduce((sum, { size }) => sum + size, 0);
    if (bytes <= maxBytes) return;
    for (const { name, size } of sounds) {
      if (bytes <= maxBytes * SHRINK_TO) break;
      await rm(join(folder, name), { force: true });
      bytes -= size;
    }
  };

  const write = async (key: string, file: Buffer): Promise<void> => {
    const unfinished = join(folder, `${key}.${randomUUID()}${UNFINISHED}`);
    try {
      await writeFile(unfinished, file, { mode: 0o600, flag: 'wx' });
      await rename(unfinished, path(key));
    } catch (error) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw error;
    }
  };

  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await makeRoom();
  } catch (error) {
    giveUp(error);
  }

  return {
    async get(key) {
      const file = await readFile(path(key)).catch(() => undefined);
      if (file === undefined) return undefined;
      const sound = decodeSound(file, rate);
      if (sound === undefined) {
        log.debug({ key }, 'A damaged file of the voice cache is replaced');
        await rm(path(key), { force: true }).catch(() => {});
        return undefined;
      }
      // The time of the last use, for all processes that share the folder.
      const time = new Date(now());
      if (writable) await utimes(path(key), time, time).catch(() => {});
      return sound;
    },
    has: async (key) => (await stat(path(key)).catch(() => undefined)) !== undefined,
    async set(key, sound) {
      const file = encodeSound(sound, rate);
      if (!writable || file.length > maxBytes) return false;
      try {
        await write(key, file);
        bytes += file.length;
        if (bytes > maxBytes) await makeRoom();
        return true;
      } catch (error) {
        giveUp(error);
        return false;
      }
    },
    get writable() {
      return writable;
    },
  };
};
