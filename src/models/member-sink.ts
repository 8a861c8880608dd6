import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Bytes } from '../units.js';
import { SourceFailure } from './failures.js';

/** What a file must become, and by which name it is written until it is checked. */
export interface Destination {
  readonly target: string;
  readonly temporary: string;
  readonly size: Bytes;
  readonly sha256: string;
}

/** A file on its way out of an archive. Its real name appears only when every byte has been checked. */
export interface MemberSink {
  /** @throws SourceFailure when more comes than belongs to it. */
  write(chunk: Uint8Array): Promise<void>;
  /** Checks and renames. @throws SourceFailure when the bytes are wrong; nothing is left of them then. */
  finish(): Promise<void>;
  discard(): Promise<void>;
}

export const openSink = async (destination: Destination): Promise<MemberSink> => {
  const { target, temporary, size, sha256 } = destination;
  const handle = await open(temporary, 'w');
  const hash = createHash('sha256');
  let length = 0;
  const discard = async () => {
    await handle.close().catch(() => {});
    await rm(temporary, { force: true });
  };
  return {
    discard,
    write: async (chunk) => {
      if (length + chunk.length > size) throw new SourceFailure(`the member is longer than ${size} bytes`);
      let done = 0;
      while (done < chunk.length) done += (await handle.write(chunk, done)).bytesWritten;
      hash.update(chunk);
      length += chunk.length;
    },
    finish: async () => {
      if (length !== size || hash.digest('hex') !== sha256) {
        await discard();
        throw new SourceFailure(
          length === size
            ? 'its bytes are not the expected ones (their hash differs)'
            : `the member has ${length} bytes instead of ${size}`,
        );
      }
      await handle.close();
      await mkdir(dirname(target), { recursive: true });
      await rename(temporary, target);
    },
  };
};
