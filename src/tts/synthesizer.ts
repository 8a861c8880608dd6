import { type Clock, systemClock } from '../clock.js';
import type { Log } from '../engines/carrier.js';
import { compiled } from '../engines/compiled.js';
import { openHost } from '../engines/host.js';
import { supervise } from '../engines/supervised.js';
import { Fault } from '../faults.js';
import type { Bytes, Hertz } from '../units.js';
import { openDiskCache } from './cache.js';
import { memoryCache } from './memory-cache.js';
import type { HostUsage } from './piper.host.js';
import type { PiperOptions } from './piper.js';
import { readPiperModel } from './piper-model.js';
import { piperWork } from './piper-work.js';
import { renderQueue } from './render-queue.js';
import type { Sounding } from './sentences-in-work.js';
import { createVoice, type Shared, type Voice, type VoiceStats } from './voice.js';

export interface SynthesizerOptions {
  /** Folder of a Piper voice. */
  readonly model: string;
  /**
   * 1 is best where anything else runs: two spin while they wait for each other, which costs a busy machine twice the
   * time; an idle one has the first sound after two thirds of it.
   */
  readonly threads: number;
  /** Where personas' lines are kept; without it, only in memory. */
  readonly cache?: { readonly folder: string; readonly maxBytes: Bytes };
  /** Of the texts: how figures are read. Default `en`. */
  readonly language?: string;
  readonly log: Log;
  /** Load now rather than on first use. Default true. */
  readonly preload?: boolean;
  /** A process of its own costs 40 MB more and survives what would abort the program. Default `worker`. */
  readonly carrier?: 'worker' | 'process';
  readonly clock?: Clock;
}

export interface SpeechMemory {
  /** The loaded model, and what it has grown by since. An estimate where it lives in a worker; 0 while it is not loaded. */
  readonly model: Bytes;
  /** The effects of all voices and the sounds underway. */
  readonly effects: Bytes;
  /** Rendered sentences. */
  readonly cache: Bytes;
}

/** One loaded model for any number of voices, which share its host, its caches and its queue. */
export interface Voices {
  readonly rate: Hertz;
  readonly speakers: number;
  /**
   * @param as a speaker from 0, 0.25 to 4 times as fast as recorded, with effects; none for the dry voice.
   * @throws Fault('usage') for a speaker that the model does not have or a speed out of range.
   */
  voice(as: Sounding): Voice;
  memory(): Promise<SpeechMemory>;
  /** Of all voices. */
  stats(): VoiceStats & { readonly cachedBytes: Bytes };
  /** Waits for the piece that is being synthesized; speech that is being read ends with a `Fault`. */
  close(): Promise<void>;
}

/** Six minutes, of all voices together. */
const MEMORY_BYTES: Bytes = 16 * 1024 * 1024;

/** @throws Fault('model') where the folder is no Piper voice, and with `preload` what loading it throws. */
export const openSynthesizer = async (options: SynthesizerOptions): Promise<Voices> => {
  const { threads, log, preload = true, carrier = 'worker', clock = systemClock, language = 'en' } = options;
  const { identity, speakers, ...model } = await readPiperModel(options.model);
  const { rate } = model;

  const init: PiperOptions = { model, threads };
  const name = 'voice';
  const module = compiled(new URL('./piper.host.js', import.meta.url));
  const host = supervise({ name, log, open: () => openHost({ name, carrier, module, init, log }) });
  const memory = memoryCache(MEMORY_BYTES);
  const disk = options.cache && (await openDiskCache({ ...options.cache, rate, log }));
  const counts = { memory: 0, disk: 0, fresh: 0 };
  const queue = renderQueue({
    made: ({ key, priority }, sound) => {
      if (priority !== 'prefill' || disk?.writable !== true) memory.set(key, sound);
    },
  });
  const shared: Shared = {
    rate,
    language,
    identity,
    queue,
    memory,
    disk,
    clock,
    work: piperWork(host),
    count: (from) => {
      counts[from] += 1;
    },
    rest: { until: Number.NEGATIVE_INFINITY },
  };

  const hostMemory = async (): Promise<Omit<SpeechMemory, 'cache'>> => {
    if (host.state !== 'loaded') return { model: 0, effects: 0 };
    const { host: loaded, release } = await host.lease();
    try {
      const [resident, { grown, effects }] = await Promise.all([loaded.memory(), loaded.call<HostUsage>('usage')]);
      return { model: carrier === 'process' ? Math.max(0, resident - effects) : resident + grown, effects };
    } finally {
      release();
    }
  };

  const voices: Voices = {
    rate,
    speakers,
    voice(as) {
      check(as, speakers);
      return createVoice(shared, as);
    },
    memory: async () => ({ ...(await hostMemory()), cache: memory.bytes }),
    stats: () => ({ ...counts, cachedBytes: memory.bytes }),
    async close() {
      queue.close(new Fault('engine', 'The voice has been stopped', { retry: true }));
      await host.close();
    },
  };
  if (preload) {
    try {
      (await host.lease()).release();
    } catch (error) {
      await host.close();
      throw error;
    }
  }
  return voices;
};

const check = ({ speaker, speed }: Sounding, speakers: number): void => {
  if (!Number.isInteger(speaker) || speaker < 0 || speaker >= speakers) {
    throw new Fault('usage', `The voice has no speaker ${speaker}`, { hint: `Choose one from 0 to ${speakers - 1}.` });
  }
  if (!(speed >= 0.25 && speed <= 4)) throw new Fault('usage', `speed is ${speed}: expected 0.25 to 4`);
};
