import type { Bytes } from '../units.js';

/** Rendered sentences in memory; the least recently used go first. */
export interface MemoryCache {
  get(key: string): Int16Array | undefined;
  /** What is larger than the whole cache is not kept. */
  set(key: string, sound: Int16Array): void;
  readonly bytes: Bytes;
}

export const memoryCache = (maxBytes: Bytes): MemoryCache => {
  // A Map keeps the order of insertion: what is used is inserted anew, so the oldest comes first.
  const entries = new Map<string, Int16Array>();
  let bytes = 0;
  const remove = (key: string): void => {
    bytes -= entries.get(key)?.byteLength ?? 0;
    entries.delete(key);
  };
  return {
    get(key) {
      const sound = entries.get(key);
      if (sound === undefined) return undefined;
      entries.delete(key);
      entries.set(key, sound);
      return sound;
    },
    set(key, sound) {
      remove(key);
      if (sound.byteLength > maxBytes) return;
      entries.set(key, sound);
      bytes += sound.byteLength;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
    get bytes() {
      return bytes;
    },
  };
};
