import type { Audio, Block } from '../stages.js';
import type { Hertz, SampleIndex, Samples } from '../units.js';

/** Sound on its way from a connection to a stage: in at one end as it comes, out at the other as an `Audio`. */
export interface SoundQueue {
  readonly audio: Audio;
  /** Waits while the queue is full, which holds back the connection; at once where nobody reads any more. */
  push(samples: Float32Array): Promise<void>;
  /** What was pushed is still read; then the audio ends. */
  end(): void;
  /** All that was pushed so far. */
  readonly received: SampleIndex;
}

/** At most `limit` unread samples, and whatever the last push had beyond them. The audio has one reader. */
export const createSoundQueue = (rate: Hertz, limit: Samples): SoundQueue => {
  const blocks: Block[] = [];
  let unread: Samples = 0;
  let received: SampleIndex = 0;
  let ended = false;
  let left = false;
  let wakeReader = (): void => {};
  const wakeWriters: (() => void)[] = [];

  const room = (): void => {
    if (unread > limit && !left && !ended) return;
    for (const wake of wakeWriters.splice(0)) wake();
  };

  async function* read(): AsyncGenerator<Block> {
    try {
      for (;;) {
        const block = blocks.shift();
        if (block !== undefined) {
          unread -= block.samples.length;
          room();
          yield block;
        } else if (ended) {
          return;
        } else {
          await new Promise<void>((resolve) => {
            wakeReader = resolve;
          });
        }
      }
    } finally {
      left = true;
      blocks.length = 0;
      room();
    }
  }

  return {
    audio: { rate, [Symbol.asyncIterator]: read },
    get received() {
      return received;
    },
    async push(samples) {
      if (ended || left || samples.length === 0) return;
      blocks.push({ samples, from: received });
      received += samples.length;
      unread += samples.length;
      wakeReader();
      while (unread > limit && !left && !ended) {
        await new Promise<void>((resolve) => wakeWriters.push(resolve));
      }
    },
    end() {
      ended = true;
      wakeReader();
      room();
    },
  };
};
