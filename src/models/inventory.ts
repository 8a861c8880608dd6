import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelFile } from './catalogue.js';
import type { Verified } from './verified.js';

/** `unchecked`: the size fits, the hash has not been taken since the file was last changed. */
export type FileState = 'good' | 'unchecked' | 'wrong' | 'missing';

/** Where a file of an entry lies, and by which name `Verified` knows it. */
export const locationOf = (folder: string, entry: string, file: ModelFile) => ({
  path: join(folder, entry, ...file.path.split('/')),
  key: `${entry}/${file.path}`,
});

const look = (path: string) => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() ? { size: found.size, mtimeMs: found.mtimeMs } : undefined;
};

/** How a file stands, without reading it. @throws what the file system throws, for instance EACCES. */
export const stateOf = (folder: string, entry: string, file: ModelFile, verified: Verified): FileState => {
  const { path, key } = locationOf(folder, entry, file);
  const found = look(path);
  if (!found) return 'missing';
  if (found.size !== file.size) return 'wrong';
  return verified.has(key, { ...found, sha256: file.sha256 }) ? 'good' : 'unchecked';
};

/** Reads a file and compares its hash; remembers what it found. */
export const checkFile = async (
  folder: string,
  entry: string,
  file: ModelFile,
  verified: Verified,
  signal: AbortSignal,
): Promise<'good' | 'wrong' | 'missing'> => {
  const { path, key } = locationOf(folder, entry, file);
  const before = look(path);
  const state = before ? await hashFits(path, file, before.size, signal) : 'missing';
  if (state === 'good') verified.set(key, { ...before!, sha256: file.sha256 });
  else verified.forget(key);
  return state;
};

const hashFits = async (
  path: string,
  file: ModelFile,
  size: number,
  signal: AbortSignal,
): Promise<'good' | 'wrong'> => {
  if (size !== file.size) return 'wrong';
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) hash.update(chunk as Buffer);
  return hash.digest('hex') === file.sha256 ? 'good' : 'wrong';
};
