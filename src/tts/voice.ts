import { createHash } from 'node:crypto';
import { type Clock, systemClock } from '../clock.js';
import type { Profile } from '../effects/profile.js';
import type { Log } from '../engines/carrier.js';
import { compiled } from '../engines/compiled.js';
import { openHost } from '../engines/host.js';
import { supervise } from '../engines/supervised.js';
import { Fault } from '../faults.js';
import type { Say, Synthesizer } from '../stages.js';
import { toSpeak } from '../text/to-speak.js';
import type { Bytes, Hertz, Milliseconds } from '../units.js';
import { openDiskCache } from './cache.js';
import { memoryCache } from './memory-cache.js';
import type { PiperInit, RenderRequest } from './piper.host.js';
import { VARIATION } from './piper.js';
import { readPiperModel } from './piper-model.js';
import { type Order, type Priority, renderQueue, type Ticket } from './render-queue.js';
import { finished } from './rendering.js';
import { speech, type Utterance } from './speech.js';

export interface VoiceOptions {
  /** Folder of a Piper voice. */
  readonly model: string;
  /**
   * 1 is best where anything else runs: two spin while they wait for each other, which costs a busy machine twice the
   * time; an idle one has the first sound after two thirds of it.
   */
  readonly threads: number;
  readonly speaker: number;
  /** 1 is as recorded, 2 twice as fast. */
  readonly speed: number;
  /** The persona's effects; none for the dry voice. */
  readonly effects: Profile;
  /** Where the persona's lines are kept; without it, only in memory. */
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

interface VoiceStats {
  /** Sentences that were spoken, by where their sound came from. */
  readonly memory: number;
  readonly disk: number;
  readonly fresh: number;
  readonly cachedBytes: Bytes;
}

export interface Voice {
  readonly rate: Hertz;
  readonly synthesize: Synthesizer;
  /** Renders what will probably be said, into memory. Rejects with the signal's reason where it is given up. */
  prepare(say: Say, signal: AbortSignal): Promise<void>;
  /**
   * Renders the persona's own lines into the cache on disk, in idle time: one sentence, then as long a rest; whatever
   * else is to be spoken goes before it. Only for text that nobody in the house has said. Rejects where the synthesizer
   * fails; what was rendered is kept, and the next call goes on from there.
   */
  prefill(lines: readonly (string | Pick<Say, 'text' | 'plain'>)[], signal: AbortSignal): Promise<void>;
  /** No prefill until the returned function is called: for the length of a turn. */
  hold(): () => void;
  /** What loading the model and the cache in memory take. */
  memory(): Promise<Bytes>;
  stats(): VoiceStats;
  /** Waits for the piece that is being synthesized; speech that is being read ends with a `Fault`. */
  close(): Promise<void>;
}

/** Changes where the same request is rendered differently by a new version of this program. */
const FORMAT = 1;
/** After a line that had to wait for a turn, the time it took says nothing. */
const LONGEST_REST: Milliseconds = 1000;
/** Six minutes. */
const MEMORY_BYTES: Bytes = 16 * 1024 * 1024;

/**
 * A voice with its effects, in a host of its own.
 *
 * @throws Fault('model') where the folder is no Piper voice, Fault('usage') for a speaker that it does not have or a
 * speed out of range, and with `preload` what loading it throws.
 */
export const openVoice = async (options: VoiceOptions): Promise<Voice> => {
  const {
    threads,
    speaker,
    speed,
    effects,
    log,
    preload = true,
    carrier = 'worker',
    clock = systemClock,
    language = 'en',
  } = options;
  const { identity, speakers, ...model } = await readPiperModel(options.model);
  const { rate } = model;
  check(speaker, speakers, speed);

  const init: PiperInit = { model, threads, speaker, speed, effects };
  const name = 'voice';
  const module = compiled(new URL('./piper.host.js', import.meta.url));
  const host = supervise({ name, log, open: () => openHost({ name, carrier, module, init, log }) });
  const memory = memoryCache(MEMORY_BYTES);
  const disk = options.cache && (await openDiskCache({ ...options.cache, rate, log }));
  const counts = { memory: 0, disk: 0, fresh: 0 };

  const prints = { dry: '', demon: '' };
  for (const [sound, profile] of [
    ['dry', []],
    ['demon', effects],
  ] as const) {
    prints[sound] = JSON.stringify([FORMAT, 'piper', identity, VARIATION, speaker, speed, profile]);
  }
  const keyOf = ({ sentence, plain }: Utterance): string =>
    createHash('sha256')
      .update(plain ? prints.dry : prints.demon)
      .update('\0')
      .update(sentence)
      .digest('hex');

  const queue = renderQueue({
    async *make({ sentence, plain, priority }: Order, signal) {
      const lease = await host.lease(signal);
      try {
        const request: RenderRequest = { sentence, plain, early: priority !== 'prefill' };
        yield* lease.host.stream<Int16Array>('render', request, signal);
      } finally {
        lease.release();
      }
    },
    made: ({ key, priority }, sound) => {
      if (priority !== 'prefill' || disk?.writable !== true) memory.set(key, sound);
    },
  });

  const start = async (
    utterance: Utterance,
    priority: Priority,
  ): Promise<Ticket & { readonly from: keyof typeof counts }> => {
    const key = keyOf(utterance);
    const hot = memory.get(key);
    if (hot !== undefined) return { rendering: finished(hot), release: () => {}, from: 'memory' };
    const stored = queue.has(key) ? undefined : await disk?.get(key);
    if (stored === undefined) return { ...queue.order({ key, ...utterance, priority }), from: 'fresh' };
    memory.set(key, stored);
    return { rendering: finished(stored), release: () => {}, from: 'disk' };
  };

  /** Renders a sentence to its end. */
  const finish = async (utterance: Utterance, priority: Priority, signal: AbortSignal): Promise<Int16Array> => {
    const { rendering, release } = await start(utterance, priority);
    try {
      return await rendering.whole(signal);
    } finally {
      release();
    }
  };

  const utterancesOf = ({ text, plain = false }: Pick<Say, 'text' | 'plain'>): readonly Utterance[] =>
    toSpeak(text, language).map((sentence) => ({ sentence, plain }));

  const voice: Voice = {
    rate,
    synthesize: (says, run) => {
      const startReply = async (utterance: Utterance): Promise<Ticket> => {
        const { from, ...ticket } = await start(utterance, 'reply');
        counts[from] += 1;
        return ticket;
      };
      return speech(says, language, run, startReply, rate);
    },
    async prepare(say, signal) {
      for (const utterance of utterancesOf(say)) {
        signal.throwIfAborted();
        await finish(utterance, 'prepare', signal);
      }
    },
    async prefill(lines, signal) {
      for (const line of lines) {
        for (const utterance of utterancesOf(typeof line === 'string' ? { text: line } : line)) {
          signal.throwIfAborted();
          const key = keyOf(utterance);
          if (await disk?.has(key)) continue;
          const began = clock.now();
          const sound = await finish(utterance, 'prefill', signal);
          await disk?.set(key, sound);
          await clock.sleep(Math.min(LONGEST_REST, clock.now() - began), signal);
        }
      }
    },
    hold: queue.hold,
    memory: async () => (await host.memory()) + memory.bytes,
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
  return voice;
};

const check = (speaker: number, speakers: number, speed: number): void => {
  if (!Number.isInteger(speaker) || speaker < 0 || speaker >= speakers) {
    throw new Fault('usage', `The voice has no speaker ${speaker}`, { hint: `Choose one from 0 to ${speakers - 1}.` });
  }
  if (!(speed >= 0.25 && speed <= 4)) throw new Fault('usage', `speed is ${speed}: expected 0.25 to 4`);
};
