import { Fault } from '../faults.js';
import type { Bytes } from '../units.js';

/** The sound of one sentence while it is made: written once, read by as many as want it. */
export interface Rendering {
  /** From the beginning, as it comes. Throws what made it fail, or the signal's reason. */
  read(signal: AbortSignal): AsyncGenerator<Int16Array, undefined>;
  /** All of it was there when it was asked for. */
  readonly ready: boolean;
  /** Who asked for it no longer wants it: what nobody wants is not made to its end. */
  release(): void;
}

export interface Renderings {
  /** The sound under this key: from memory, from whoever is making it, or made now. @throws Fault('busy'). */
  take(key: string, make: (signal: AbortSignal) => AsyncIterable<Int16Array>): Rendering;
  readonly bytes: Bytes;
}

/** More sentences at once are nobody's reply. */
const MOST_AT_ONCE = 16;

interface Sound {
  readonly chunks: Int16Array[];
  readonly abort: AbortController;
  readonly readers: Set<() => void>;
  bytes: Bytes;
  holders: number;
  end?: { readonly error?: unknown };
}

/** Finished sounds stay, within `maxBytes`; the least recently used go first. */
export const renderings = (maxBytes: Bytes): Renderings => {
  // A Map keeps the order of insertion: what is used is inserted anew, so the oldest comes first.
  const sounds = new Map<string, Sound>();
  let bytes: Bytes = 0;

  const forget = (key: string, sound: Sound): void => {
    if (sounds.get(key) !== sound) return;
    sounds.delete(key);
    if (isWhole(sound)) bytes -= sound.bytes;
  };

  const makeRoom = (): void => {
    for (const [key, sound] of sounds) {
      if (bytes <= maxBytes) return;
      if (isWhole(sound)) forget(key, sound);
    }
  };

  const produce = async (key: string, sound: Sound, make: (signal: AbortSignal) => AsyncIterable<Int16Array>) => {
    try {
      for await (const chunk of make(sound.abort.signal)) {
        sound.abort.signal.throwIfAborted();
        sound.chunks.push(chunk);
        sound.bytes += chunk.byteLength;
        wake(sound);
      }
      sound.end = {};
      if (sounds.get(key) === sound) bytes += sound.bytes;
      makeRoom();
    } catch (error) {
      forget(key, sound);
      sound.end = { error };
    }
    wake(sound);
  };

  const begin = (key: string, make: (signal: AbortSignal) => AsyncIterable<Int16Array>): Sound => {
    let atWork = 0;
    for (const { end } of sounds.values()) if (end === undefined) atWork++;
    if (atWork >= MOST_AT_ONCE) {
      throw new Fault('busy', `${atWork} sentences are already waiting for the voice`, { retry: true });
    }
    const sound: Sound = { chunks: [], abort: new AbortController(), readers: new Set(), bytes: 0, holders: 0 };
    sounds.set(key, sound);
    void produce(key, sound, make);
    return sound;
  };

  return {
    take(key, make) {
      const known = sounds.get(key);
      const sound = known ?? begin(key, make);
      sounds.delete(key);
      sounds.set(key, sound);
      sound.holders += 1;
      let held = true;
      return {
        ready: sound.end !== undefined,
        read: (signal) => readFrom(sound, signal),
        release() {
          if (!held) return;
          held = false;
          sound.holders -= 1;
          if (sound.holders > 0 || sound.end !== undefined) return;
          forget(key, sound);
          sound.abort.abort();
        },
      };
    },
    get bytes() {
      return bytes;
    },
  };
};

const isWhole = ({ end }: Sound): boolean => end !== undefined && !('error' in end);

const wake = ({ readers }: Sound): void => {
  for (const resume of [...readers]) resume();
};

async function* readFrom(sound: Sound, signal: AbortSignal): AsyncGenerator<Int16Array, undefined> {
  for (let next = 0; ; ) {
    signal.throwIfAborted();
    const chunk = sound.chunks[next];
    if (chunk !== undefined) {
      next += 1;
      yield chunk;
    } else if (sound.end !== undefined) {
      if ('error' in sound.end) throw sound.end.error;
      return undefined;
    } else await change(sound, signal);
  }
}

/** Until something happens, or the signal is aborted. */
const change = ({ readers }: Sound, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const resume = (): void => {
      readers.delete(resume);
      signal.removeEventListener('abort', resume);
      resolve();
    };
    readers.add(resume);
    signal.addEventListener('abort', resume, { once: true });
  });
