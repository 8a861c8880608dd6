import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Fault, messageOf } from '../faults.js';
import type { Audio } from '../stages.js';
import type { Bytes, Hertz, Samples } from '../units.js';
import { sampleToInt16 } from './pcm.js';

const HEADER: Bytes = 44;
/** Sizes in a WAV are 32 bits. At 16 kHz that is 37 hours. */
const MAX_DATA: Bytes = 0xffff_ffff - HEADER;
const BUFFER: Samples = 32 * 1024;
const BYTES = 2;

/** Sound as the bytes of a 16-bit mono WAV; what is louder than full scale is clipped. */
export const encodeWav = (samples: Float32Array, rate: Hertz): Uint8Array => {
  const bytes = new Uint8Array(HEADER + samples.length * BYTES);
  bytes.set(header(rate, samples.length));
  writeSamples(new DataView(bytes.buffer), HEADER, samples);
  return bytes;
};

/** A WAV that grows. Nothing stands under its name until `finish` has moved it there. */
export interface WavWriter {
  /**
   * Adds sound; the block may be reused once this has returned, awaited or not. Calls may overlap.
   * @throws Fault `storage` where the disk is full or the file would be too long.
   */
  write(samples: Float32Array): Promise<void>;
  /** Completes the header and gives the file its name, replacing what had it. */
  finish(): Promise<void>;
  /** Leaves nothing behind. Does nothing after `finish`. */
  discard(): Promise<void>;
  /** Written so far. */
  readonly length: Samples;
}

let temporaries = 0;

/**
 * Begins a 16-bit mono WAV.
 * @throws Fault `storage` where the file cannot be made.
 */
export const createWav = async (path: string, rate: Hertz): Promise<WavWriter> => {
  // Beside the target, since a rename does not cross file systems.
  const temporary = `${path}.${process.pid}-${temporaries++}.part`;
  const file = await open(temporary, 'wx').catch((error: unknown) => {
    throw writeFault(path, error);
  });
  const buffer = new Uint8Array(BUFFER * BYTES);
  const view = new DataView(buffer.buffer);
  let buffered: Samples = 0;
  let length: Samples = 0;
  let position: Bytes = HEADER;
  let unfinished = true;
  /** Writes follow one another, whoever awaits them. */
  let queue: Promise<void> = Promise.resolve();

  const save = (bytes: Uint8Array, at: Bytes): Promise<void> => {
    queue = queue.then(() => writeAll(file, bytes, at));
    // Whoever awaits the queue hears of it; nobody else needs to.
    queue.catch(() => {});
    return queue;
  };

  const flush = (): Promise<void> => {
    const bytes = buffer.slice(0, buffered * BYTES);
    const at = position;
    position += bytes.length;
    buffered = 0;
    return save(bytes, at);
  };

  const guarded = async (work: Promise<void>): Promise<void> => {
    try {
      await work;
    } catch (error) {
      throw writeFault(path, error);
    }
  };

  const discard = async (): Promise<void> => {
    if (!unfinished) return;
    unfinished = false;
    await queue.catch(() => {});
    await file.close();
    await rm(temporary, { force: true });
  };

  return {
    async write(samples) {
      if ((length + samples.length) * BYTES > MAX_DATA) {
        throw new Fault('storage', `${path} would be longer than a WAV can be`);
      }
      length += samples.length;
      for (let done = 0; done < samples.length; ) {
        const piece = samples.subarray(done, done + BUFFER - buffered);
        writeSamples(view, buffered * BYTES, piece);
        buffered += piece.length;
        done += piece.length;
        if (buffered === BUFFER) flush();
      }
      await guarded(queue);
    },
    async finish() {
      try {
        flush();
        await save(header(rate, length), 0);
        await file.close();
        await rename(temporary, path);
        unfinished = false;
      } catch (error) {
        await discard().catch(() => {});
        throw writeFault(path, error);
      }
    },
    discard,
    get length() {
      return length;
    },
  };
};

/**
 * Writes all of a sound to a 16-bit mono WAV. A gap in it becomes silence of the same length.
 * @returns how many samples the file has.
 * @throws Fault `storage`; whatever the sound throws; the signal's reason. No file is left then.
 */
export const writeWav = async (path: string, audio: Audio, signal: AbortSignal): Promise<Samples> => {
  const file = await createWav(path, audio.rate);
  try {
    let expected: number | undefined;
    for await (const { samples, from } of audio) {
      signal.throwIfAborted();
      for (let gap = from - (expected ?? from); gap > 0; gap -= BUFFER) {
        await file.write(new Float32Array(Math.min(gap, BUFFER)));
      }
      await file.write(samples);
      expected = from + samples.length;
    }
    await file.finish();
    return file.length;
  } finally {
    await file.discard();
  }
};

const writeSamples = (view: DataView, at: Bytes, samples: Float32Array): void => {
  for (let i = 0; i < samples.length; i++) view.setInt16(at + i * BYTES, sampleToInt16(samples[i]!), true);
};

const header = (rate: Hertz, samples: Samples): Uint8Array => {
  const bytes = Buffer.alloc(HEADER);
  const data = samples * BYTES;
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(HEADER - 8 + data, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20); // PCM
  bytes.writeUInt16LE(1, 22); // mono
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * BYTES, 28);
  bytes.writeUInt16LE(BYTES, 32);
  bytes.writeUInt16LE(8 * BYTES, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(data, 40);
  return bytes;
};

/** A write may take less than it was given, on a full disk for one; the next then says why. */
const writeAll = async (file: FileHandle, bytes: Uint8Array, at: Bytes): Promise<void> => {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
};

const REASONS: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `there is no folder ${dirname(path)}`,
  ENOTDIR: (path) => `${dirname(path)} is no folder`,
  EISDIR: () => 'a folder has that name',
  EACCES: (path) => `this user may not write to ${dirname(path)}`,
  EPERM: (path) => `this user may not write to ${dirname(path)}`,
  EROFS: (path) => `${dirname(path)} is read-only`,
  ENOSPC: () => 'the disk is full',
  EDQUOT: () => 'the disk quota is used up',
};

const writeFault = (path: string, error: unknown): Fault => {
  if (error instanceof Fault) return error;
  const reason = REASONS[(error as NodeJS.ErrnoException)?.code ?? '']?.(path) ?? messageOf(error);
  return new Fault('storage', `${path} cannot be written: ${reason}`, { cause: error });
};
