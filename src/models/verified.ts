import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Bytes } from '../units.js';

/** How a file looked when its hash was last found to be right. */
export interface Seen {
  readonly size: Bytes;
  readonly mtimeMs: number;
  readonly sha256: string;
}

/** Remembers which files were checked, so that a start does not read hundreds of megabytes again. */
export interface Verified {
  /** Whether the file looks as it did when it had this hash. */
  has(path: string, now: Seen): boolean;
  set(path: string, seen: Seen): void;
  forget(path: string): void;
  /** Writes what is new; another process's entries are kept. Does nothing where nothing is new. */
  save(): Promise<void>;
}

const load = (file: string): Map<string, Seen> => {
  try {
    const written: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(Object.entries(written as Record<string, Seen>));
  } catch {
    // Absent or damaged: the files are read once more, and it is written anew.
    return new Map();
  }
};

export const openVerified = (file: string): Verified => {
  let seen = load(file);
  const changes = new Map<string, Seen | undefined>();
  return {
    has: (path, now) => {
      const then = seen.get(path);
      return then?.size === now.size && then.mtimeMs === now.mtimeMs && then.sha256 === now.sha256;
    },
    set: (path, it) => {
      seen.set(path, it);
      changes.set(path, it);
    },
    forget: (path) => {
      if (seen.delete(path)) changes.set(path, undefined);
    },
    save: async () => {
      if (changes.size === 0) return;
      const merged = load(file);
      for (const [path, it] of changes) {
        if (it) merged.set(path, it);
        else merged.delete(path);
      }
      const temporary = `${file}.${randomUUID()}.tmp`;
      try {
        await mkdir(dirname(file), { recursive: true });
        await writeFile(temporary, JSON.stringify(Object.fromEntries(merged)));
        await rename(temporary, file);
      } catch (error) {
        await rm(temporary, { force: true }).catch(() => {});
        throw error;
      }
      seen = merged;
      changes.clear();
    },
  };
};
