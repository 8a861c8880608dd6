import { type FileHandle, open } from 'node:fs/promises';
import { Fault } from '../faults.js';
import type { Audio, Block } from '../stages.js';
import type { Bytes, Seconds } from '../units.js';
import { decode } from './pcm.js';
import type { WavFormat } from './wav-format.js';
import { soundThere, type WavPart, wavParser } from './wav-parser.js';

/** A recording on disk. */
export interface Recording {
  readonly format: WavFormat;
  /** Of the sound that is really there. */
  readonly duration: Seconds;
  /** Mono, at the file's own rate. Read from disk as it is consumed; may be read more than once. */
  readonly audio: Audio;
  /** What is wrong with the file though it can be used, as a sentence. */
  readonly warning?: string;
}

interface ReadOptions {
  /** One channel, counted from 1, instead of the mean of all. */
  readonly channel?: number;
}

/** Small enough to be no burden in memory, large enough to be no burden in calls. */
const READ_BYTES: Bytes = 32 * 1024;

/**
 * Opens a WAV: PCM of 8, 16, 24, 32 bits, float of 32 or 64, 1 to 64 channels, 4 to 384 kHz. A file that breaks off
 * gives what is there and a warning.
 * @throws Fault `input` with what to do about it, for anything else.
 */
export const readWav = async (path: string, signal: AbortSignal, options: ReadOptions = {}): Promise<Recording> => {
  const { start, size } = await readStart(path, signal);
  const { format, offset, declared } = start;
  const { bytes, missing } = soundThere(declared, size - offset);
  const frames = Math.floor(bytes / format.frameBytes);
  const { channel } = options;
  if (frames === 0) throw new Fault('input', `${path} is a WAV without any sound in it`);
  if (channel !== undefined && !(Number.isInteger(channel) && channel >= 1 && channel <= format.channels)) {
    const has = format.channels === 1 ? '1 channel' : `${format.channels} channels`;
    throw new Fault('input', `${path} has no channel ${channel}, it has ${has}`);
  }
  const audio: Audio = {
    rate: format.rate,
    [Symbol.asyncIterator]: () => blocksOf(path, format, signal, channel),
  };
  const duration = frames / format.rate;
  if (missing < format.frameBytes) return { format, duration, audio };
  const lost = missing / format.frameBytes / format.rate;
  return {
    format,
    duration,
    audio,
    warning: `${path} breaks off: ${lost.toFixed(2)} s of its ${(duration + lost).toFixed(2)} s are missing`,
  };
};

type Start = Extract<WavPart, { kind: 'start' }>;

const readStart = async (path: string, signal: AbortSignal): Promise<{ start: Start; size: Bytes }> => {
  const file = await openFile(path);
  try {
    const about = await file.stat();
    if (about.isDirectory()) throw new Fault('input', `${path} is a folder`, { hint: 'Name a WAV file in it.' });
    if (!about.isFile()) throw new Fault('input', `${path} is no regular file`, { hint: 'Write the sound to a file.' });
    const parser = wavParser(path);
    for await (const chunk of chunksOf(file, signal)) {
      for (const part of parser.write(chunk)) if (part.kind === 'start') return { start: part, size: about.size };
    }
    parser.end();
    throw new Fault('input', `${path} has no sound in it`);
  } catch (error) {
    throw readFault(path, error);
  } finally {
    await file.close();
  }
};

async function* blocksOf(
  path: string,
  format: WavFormat,
  signal: AbortSignal,
  channel?: number,
): AsyncGenerator<Block, undefined> {
  const file = await openFile(path);
  try {
    const parser = wavParser(path);
    let from = 0;
    for await (const chunk of chunksOf(file, signal)) {
      for (const part of parser.write(chunk)) {
        if (part.kind !== 'data') continue;
        const samples = decode(part.bytes, format, channel);
        yield { samples, from };
        from += samples.length;
      }
      if (parser.finished) return;
    }
  } catch (error) {
    throw readFault(path, error);
  } finally {
    await file.close();
  }
}

/** The same buffer again and again: its content is good until the next chunk is asked for. */
async function* chunksOf(file: FileHandle, signal: AbortSignal): AsyncGenerator<Uint8Array, undefined> {
  const buffer = new Uint8Array(READ_BYTES);
  while (true) {
    signal.throwIfAborted();
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

const openFile = async (path: string): Promise<FileHandle> => {
  try {
    return await open(path, 'r');
  } catch (error) {
    throw readFault(path, error);
  }
};

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  EIO: 'cannot be read: the disk reports an error',
};

const readFault = (path: string, error: unknown): unknown => {
  const reason = REASONS[(error as NodeJS.ErrnoException)?.code ?? ''];
  return reason ? new Fault('input', `${path} ${reason}`, { cause: error }) : error;
};
