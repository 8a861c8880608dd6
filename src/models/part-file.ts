import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { Bytes } from '../units.js';

/** A download that grows on the disk, and its hash with it. */
export interface PartFile {
  readonly length: Bytes;
  append(chunk: Uint8Array): Promise<void>;
  /** Forgets everything. */
  restart(): Promise<void>;
  /** Of what is there. */
  digest(): string;
  close(): Promise<void>;
}

/** Opens what an earlier attempt has left, or begins. Reads it once for the hash. */
export const openPart = async (
  path: string,
  algorithm: string,
  signal: AbortSignal,
  openFile: (path: string) => Promise<FileHandle> = (it) => open(it, 'a'),
): Promise<PartFile> => {
  const handle = await openFile(path);
  let hash: Hash = createHash(algorithm);
  let length = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      length += chunk.length;
    }
  } catch (error) {
    await handle.close();
    throw error;
  }
  return {
    get length() {
      return length;
    },
    append: async (chunk) => {
      let done = 0;
      while (done < chunk.length) done += (await handle.write(chunk, done)).bytesWritten;
      hash.update(chunk);
      length += chunk.length;
    },
    restart: async () => {
      await handle.truncate(0);
      hash = createHash(algorithm);
      length = 0;
    },
    digest: () => hash.copy().digest('hex'),
    close: () => handle.close(),
  };
};
