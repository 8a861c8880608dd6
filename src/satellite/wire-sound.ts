import { decode, type PcmLayout } from '../audio/pcm.js';
import type { Audio, Block } from '../stages.js';
import type { Bytes, Milliseconds, SampleIndex } from '../units.js';
import type { EventOf } from '../wyoming/index.js';

/** Three minutes at 22,050 Hz, as Core sends. It sends as fast as the socket takes it, and beyond this it has to wait. */
const DEFAULT_LIMIT: Bytes = 8 * 1024 * 1024;
/** Longest block that is handed out. */
const BLOCK: Milliseconds = 100;

type Format = EventOf<'audio-start'>['data'];

/** Sound that arrives in `audio-chunk`s, to be played at its own pace. */
export interface WireSound {
  readonly audio: Audio;
  /** More than enough waits to be heard: whoever sends should be held back until `roomAgain`. */
  readonly full: boolean;
  /** Adds a chunk; false where it has another format than the sound, and nothing is added. */
  push(chunk: EventOf<'audio-chunk'>): boolean;
  /** All of it has come. */
  end(): void;
  /** Nobody will hear it (any more). */
  discard(): void;
  /** Called once when it is not full any more. Gives what takes the call back. */
  roomAgain(call: () => void): () => void;
}

type Result = IteratorResult<Block, undefined>;
const DONE: Result = { done: true, value: undefined };

export const createWireSound = (format: Format, limit: Bytes = DEFAULT_LIMIT): WireSound => {
  const { rate, width, channels } = format;
  const frame = width * channels;
  const layout: PcmLayout = { encoding: width === 1 ? 'unsigned' : 'signed', bits: width * 8, channels };
  const most = Math.max(1, Math.round((rate * BLOCK) / 1000)) * frame;

  /** Bytes as they came; the first is used up to `used`. */
  let chunks: Uint8Array[] = [];
  let used: Bytes = 0;
  let size: Bytes = 0;
  let at: SampleIndex = 0;
  let ended = false;
  let waiting: ((result: Result) => void) | undefined;
  const calls = new Set<() => void>();

  const noticeRoom = (): void => {
    if (size > limit) return;
    for (const call of [...calls]) call();
    calls.clear();
  };

  /** Whole frames, at most `most` bytes; a frame may lie across two chunks. */
  const takeBytes = (): Uint8Array | undefined => {
    const head = chunks[0];
    if (!head || size < frame) return undefined;
    const left = head.length - used;
    if (left >= frame) {
      const length = Math.min(most, left - (left % frame));
      const bytes = head.subarray(used, used + length);
      skip(length);
      return bytes;
    }
    const bytes = new Uint8Array(frame);
    for (let filled = 0; filled < frame; ) {
      const part = chunks[0]!.subarray(used, used + frame - filled);
      bytes.set(part, filled);
      filled += part.length;
      skip(part.length);
    }
    return bytes;
  };

  const skip = (length: Bytes): void => {
    used += length;
    size -= length;
    if (used < chunks[0]!.length) return;
    chunks.shift();
    used = 0;
  };

  const next = (): Result | undefined => {
    const bytes = takeBytes();
    if (!bytes) return ended ? DONE : undefined;
    const samples = decode(bytes, layout);
    const from = at;
    at += samples.length;
    noticeRoom();
    return { done: false, value: { samples, from } };
  };

  const serve = (): void => {
    if (!waiting) return;
    const result = next();
    if (!result) return;
    const resolve = waiting;
    waiting = undefined;
    resolve(result);
  };

  const discard = (): void => {
    ended = true;
    chunks = [];
    used = 0;
    size = 0;
    noticeRoom();
    serve();
  };

  const iterator: AsyncIterator<Block, undefined> = {
    next: () => {
      const result = next();
      if (result) return Promise.resolve(result);
      return new Promise((resolve) => {
        waiting = resolve;
      });
    },
    return: () => {
      discard();
      return Promise.resolve(DONE);
    },
  };

  return {
    audio: { rate, [Symbol.asyncIterator]: () => iterator },
    get full() {
      return size > limit;
    },
    push({ data, payload }) {
      if (ended || payload.length === 0) return true;
      if (data.rate !== rate || data.width !== width || data.channels !== channels) return false;
      chunks.push(payload);
      size += payload.length;
      serve();
      return true;
    },
    end() {
      ended = true;
      serve();
    },
    discard,
    roomAgain(call) {
      if (size > limit) calls.add(call);
      else call();
      return () => calls.delete(call);
    },
  };
};
