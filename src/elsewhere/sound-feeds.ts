import type { Audio, Block } from '../stages.js';
import { type Samples, toSamples } from '../units.js';
import { createChannel } from './channel.js';

/** One of several who listen to the same microphone. */
export interface Feed {
  readonly audio: Audio;
  close(): void;
}

export interface FeedOptions {
  /** Begins with what is remembered. */
  readonly past: boolean;
  /** Called when two seconds have been heard. */
  readonly settled?: () => void;
}

/** A microphone for several detectors that come and go. */
export interface SoundFeeds {
  open(options: FeedOptions): Feed;
  /** Hands the sound out until it ends; who is too far behind holds the microphone back. */
  pump(): Promise<void>;
  /** Nobody listens any more. */
  close(): void;
  readonly ended: boolean;
}

/** A wake word and what a model needs before it. */
const PAST = 2_000;
/** Blocks that a listener may be behind; then the microphone's ring has to keep them. */
const UNREAD = 200;

export const soundFeeds = (microphone: Audio): SoundFeeds => {
  const enough: Samples = toSamples(PAST, microphone.rate);
  const listeners = new Set<(block: Block) => Promise<void>>();
  const endings = new Set<() => void>();
  const past: Block[] = [];
  let remembered: Samples = 0;
  let ended = false;

  const remember = (block: Block): void => {
    past.push(block);
    remembered += block.samples.length;
    while (remembered - past[0]!.samples.length >= enough) remembered -= past.shift()!.samples.length;
  };

  const end = (): void => {
    ended = true;
    for (const finish of [...endings]) finish();
  };

  return {
    open({ past: withPast, settled }) {
      const before = withPast ? [...past] : [];
      const channel = createChannel<Block>(UNREAD);
      let heard: Samples = 0;
      const hear = (block: Block): Promise<void> => {
        const already = heard;
        heard += block.samples.length;
        if (already < enough && heard >= enough) settled?.();
        return channel.push(block);
      };
      const close = (): void => {
        listeners.delete(hear);
        endings.delete(channel.end);
        channel.end();
      };
      if (ended) channel.end();
      else {
        listeners.add(hear);
        endings.add(channel.end);
      }
      const audio: Audio = {
        rate: microphone.rate,
        async *[Symbol.asyncIterator]() {
          yield* before;
          yield* channel;
        },
      };
      return { audio, close };
    },
    async pump() {
      try {
        for await (const block of microphone) {
          remember(block);
          await Promise.all([...listeners].map((hear) => hear(block)));
          if (ended) return;
        }
      } finally {
        end();
      }
    },
    close: end,
    get ended() {
      return ended;
    },
  };
};
