/** What a model remembers of prompts it has read, kept on disk so that it need not read them again after a restart. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Bytes } from '../../units.js';

export interface States {
  /** The file of a state that is whole, and younger by this use. One that is not is removed. */
  find(key: string): Promise<string | undefined>;
  /** Keeps what `write` writes to the path it is given, and drops the least recently used beyond the bounds. */
  keep(key: string, write: (path: string) => Promise<unknown>): Promise<void>;
}

/** Names a state: all that makes it unfit for another use belongs in here. */
export const stateKey = (parts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);

const SUFFIX = '.state';
const UNFINISHED = '.part';

/**
 * The name holds the content's own hash: llama.cpp trusts what it loads, and a file that was cut short by a power failure
 * would end the process.
 */
export const openStates = (folder: string, bounds: { readonly files: number; readonly bytes: Bytes }): States => {
  const named = async (key: string): Promise<readonly string[]> =>
    (await readdir(folder).catch(() => [])).filter((it) => it.startsWith(`${key}-`) && it.endsWith(SUFFIX));

  const prune = async (): Promise<void> => {
    const names = (await readdir(folder)).filter((it) => it.endsWith(SUFFIX));
    const files = await Promise.all(
      names.map(async (name) => {
        const path = join(folder, name);
        const found = await stat(path).catch(() => undefined);
        return { path, size: found?.size ?? 0, used: found?.mtimeMs ?? 0 };
      }),
    );
    let bytes = 0;
    for (const [index, { path, size }] of files.sort((a, b) => b.used - a.used).entries()) {
      bytes += size;
      if (index >= bounds.files || bytes > bounds.bytes) await rm(path, { force: true });
    }
  };

  return {
    async find(key) {
      for (const name of await named(key)) {
        const path = join(folder, name);
        const whole = await hashOf(path).catch(() => undefined);
        if (name === nameOf(key, whole)) {
          const now = new Date();
          await utimes(path, now, now).catch(() => {});
          return path;
        }
        await rm(path, { force: true });
      }
      return undefined;
    },
    async keep(key, write) {
      // What a model remembers is what it was told of the house.
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // One process writes here; what an earlier one left unfinished is of no use.
      for (const name of await readdir(folder)) if (name.endsWith(UNFINISHED)) await rm(join(folder, name));
      const unfinished = join(folder, `${key}${UNFINISHED}`);
      try {
        await write(unfinished);
        const name = nameOf(key, await hashOf(unfinished));
        for (const older of await named(key)) if (older !== name) await rm(join(folder, older), { force: true });
        await rename(unfinished, join(folder, name));
      } finally {
        await rm(unfinished, { force: true });
      }
      await prune();
    },
  };
};

const nameOf = (key: string, hash: string | undefined): string => `${key}-${hash}${SUFFIX}`;

const hashOf = async (path: string): Promise<string> => {
  const hash: Hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex').slice(0, 16);
};
