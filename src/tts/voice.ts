import { createHash } from 'node:crypto';
import type { Clock } from '../clock.js';
import type { Say, Synthesizer } from '../stages.js';
import { toSpeak } from '../text/to-speak.js';
import type { Hertz, Milliseconds } from '../units.js';
import type { DiskCache } from './cache.js';
import { type Listener, listener } from './listener.js';
import type { MemoryCache } from './memory-cache.js';
import { VARIATION } from './piper.js';
import type { Priority, RenderQueue, Ticket, Work } from './render-queue.js';
import { finished } from './rendering.js';
import type { Sounding } from './sentences-in-work.js';
import { speech, type Utterance } from './speech.js';

/** A speaker with effects. Costs nothing while it is silent. */
export interface Voice {
  readonly rate: Hertz;
  readonly synthesize: Synthesizer;
  /** Renders what will probably be said, into memory. Rejects with the signal's reason where it is given up. */
  prepare(say: Say, signal: AbortSignal): Promise<void>;
  /**
   * Renders a persona's own lines into the cache on disk, in idle time: one sentence, then as long a rest for all voices;
   * whatever else is to be spoken goes before it. Only for text that nobody in the house has said. Rejects where the
   * synthesizer fails; what was rendered is kept, and the next call goes on from there.
   */
  prefill(lines: readonly (string | Pick<Say, 'text' | 'plain'>)[], signal: AbortSignal): Promise<void>;
  /** No prefill, of any voice, until the returned function is called: for the length of a turn. */
  hold(): () => void;
  stats(): VoiceStats;
}

/** Sentences that were spoken, by where their sound came from. */
export interface VoiceStats {
  readonly memory: number;
  readonly disk: number;
  readonly fresh: number;
}
type Source = keyof VoiceStats;

/** What all voices of a synthesizer share. */
export interface Shared {
  readonly rate: Hertz;
  readonly language: string;
  /** Of the model. */
  readonly identity: string;
  readonly queue: RenderQueue;
  readonly memory: MemoryCache;
  readonly disk: DiskCache | undefined;
  readonly clock: Clock;
  readonly work: (sentence: string, as: Sounding, priority: Priority) => Work;
  readonly count: (from: Source) => void;
  /** Until when nothing is prefilled. */
  readonly rest: { until: Milliseconds };
}

/** Changes where the same request is rendered differently by a new version of this program. */
const FORMAT = 1;
/** After a line that had to wait for a turn, the time it took says nothing. */
const LONGEST_REST: Milliseconds = 1000;

export const createVoice = (shared: Shared, as: Sounding): Voice => {
  const { rate, language, queue, memory, disk, clock, rest } = shared;
  const counts = { memory: 0, disk: 0, fresh: 0 };
  const dry: Sounding = { ...as, effects: [] };
  const [demonPrint, dryPrint] = [fingerprint(shared.identity, as), fingerprint(shared.identity, dry)];

  const keyOf = ({ sentence, plain }: Utterance): string =>
    createHash('sha256')
      .update(plain ? dryPrint : demonPrint)
      .update('\0')
      .update(sentence)
      .digest('hex');

  const start = async (
    utterance: Utterance,
    priority: Priority,
    listener?: Listener,
  ): Promise<Ticket & { readonly from: Source }> => {
    const key = keyOf(utterance);
    const ready = (sound: Int16Array, from: Source) => {
      listener?.given(sound.length);
      return { rendering: finished(sound), release: () => {}, from };
    };
    const hot = memory.get(key);
    if (hot !== undefined) return ready(hot, 'memory');
    const stored = queue.has(key) ? undefined : await disk?.get(key);
    if (stored !== undefined) {
      memory.set(key, stored);
      return ready(stored, 'disk');
    }
    const begin = (urgency: Priority) => shared.work(utterance.sentence, utterance.plain ? dry : as, urgency);
    return { ...queue.order({ key, priority, begin, ...(listener && { listener }) }), from: 'fresh' };
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

  return {
    rate,
    synthesize: (says, run) => {
      let listening: Listener | undefined;
      const startReply = async (utterance: Utterance): Promise<Ticket> => {
        listening ??= listener(clock, rate);
        const { from, ...ticket } = await start(utterance, 'reply', listening);
        counts[from] += 1;
        shared.count(from);
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
          while (clock.now() < rest.until) await clock.sleep(rest.until - clock.now(), signal);
          const began = clock.now();
          const sound = await finish(utterance, 'prefill', signal);
          await disk?.set(key, sound);
          const now = clock.now();
          rest.until = now + Math.min(LONGEST_REST, now - began);
        }
      }
    },
    hold: queue.hold,
    stats: () => ({ ...counts }),
  };
};

const fingerprint = (identity: string, { speaker, speed, effects }: Sounding): string =>
  JSON.stringify([FORMAT, 'piper', identity, VARIATION, speaker, speed, effects]);
