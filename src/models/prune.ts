import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import type { Bytes } from '../units.js';
import type { Entry } from './catalogue.js';

export interface Pruned {
  readonly files: readonly string[];
  readonly bytes: Bytes;
}

/** Names that only the store itself gives to files in its own folder. */
const LEFTOVER = /\.(part|tmp)$/;

const sizeOf = async (path: string): Promise<Bytes | undefined> => {
  try {
    const found = await lstat(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
};

/** Every folder on the way is a real one: what a link leads to is not the store's. */
const isOwn = async (folder: string, path: string): Promise<boolean> => {
  for (let at = dirname(path); at.length > folder.length; at = dirname(at)) {
    const found = await lstat(at).catch(() => undefined);
    if (!found?.isDirectory()) return false;
  }
  return true;
};

/**
 * Removes the files of the given entries (those of every platform) and what unfinished downloads have left, then the
 * folders that are empty now. Anything else in the folder is left alone, even in a folder of an entry.
 */
export const pruneFolder = async (folder: string, work: string, entries: readonly Entry[]): Promise<Pruned> => {
  const candidates = [
    ...entries.flatMap((entry) => entry.files.map((file) => join(folder, entry.id, ...file.path.split('/')))),
    ...(await readdir(work).catch(() => [])).filter((name) => LEFTOVER.test(name)).map((name) => join(work, name)),
  ];
  const files: string[] = [];
  let bytes = 0;
  const parents = new Set<string>();
  for (const path of new Set(candidates)) {
    const size = await sizeOf(path);
    if (size === undefined || !(await isOwn(folder, path))) continue;
    await rm(path);
    files.push(path);
    bytes += size;
    for (let at = dirname(path); at.startsWith(folder + sep) && at !== work; at = dirname(at)) parents.add(at);
  }
  // The deepest first. A folder that still holds something stays.
  for (const parent of [...parents].sort((a, b) => b.length - a.length)) await rmdir(parent).catch(() => {});
  return { files, bytes };
};
