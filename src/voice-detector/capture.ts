import { Fault } from '../faults.js';
import type { Audio, Block } from '../stages.js';
import { CAPTURE_RATE, type SampleIndex, type Samples } from '../units.js';

/**
 * The blocks of `microphone` to its end. Rejects with the signal's reason as soon as it is aborted, even where the
 * microphone has nothing to say, and with a `Fault` where its rate is not the one that every detector works at.
 */
export async function* captured(microphone: Audio, signal: AbortSignal): AsyncGenerator<Block> {
  if (microphone.rate !== CAPTURE_RATE) {
    throw new Fault('input', `Sound to listen to must have ${CAPTURE_RATE} samples a second, not ${microphone.rate}.`, {
      hint: 'Resample it before it is listened to.',
    });
  }
  const blocks = microphone[Symbol.asyncIterator]();
  // One promise a block. To race each block against one long-lived promise would keep every block's race in memory.
  let giveUp: (reason: unknown) => void = () => {};
  const abort = (): void => giveUp(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await new Promise<IteratorResult<Block>>((resolve, reject) => {
        giveUp = reject;
        blocks.next().then(resolve, reject);
      });
      if (next.done) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', abort);
    // Not awaited: a generator that is parked in an await answers `return` only after its next block.
    void Promise.resolve(blocks.return?.()).catch(() => {});
  }
}

/** A piece of sound of exactly the size that was asked for. */
export interface Frame extends Block {
  /** It does not follow the frame before: the stream begins here, or sound was lost. */
  readonly fresh: boolean;
}

export interface Framer {
  /** Takes a block of any size and gives the frames that it completes. */
  push(block: Block): Frame[];
  /** What is left at the end of the stream: less than a frame, and taken out by the call. */
  rest(): Frame | undefined;
}

/** A sample as the models can bear it: what is no number is silence, what is too loud is clipped. */
const bearable = (sample: number): number => (sample >= -1 ? Math.min(sample, 1) : sample < -1 ? -1 : 0);

/**
 * Cuts sound into frames of `size` samples, from the first sample of the stream on, and again from the first sample
 * after every gap. A gap throws an unfinished frame away unless `rest` takes it out before.
 */
export const framer = (size: Samples): Framer => {
  let frame = new Float32Array(size);
  let filled = 0;
  let from: SampleIndex = 0;
  let expected: SampleIndex = Number.NaN;
  let fresh = true;

  return {
    push: (block) => {
      if (block.from !== expected) {
        filled = 0;
        fresh = true;
      }
      const frames: Frame[] = [];
      for (let i = 0; i < block.samples.length; i++) {
        if (filled === 0) from = block.from + i;
        frame[filled++] = bearable(block.samples[i]!);
        if (filled === size) {
          frames.push({ samples: frame, from, fresh });
          frame = new Float32Array(size);
          filled = 0;
          fresh = false;
        }
      }
      expected = block.from + block.samples.length;
      return frames;
    },
    rest: () => {
      if (filled === 0) return undefined;
      const rest = { samples: frame.slice(0, filled), from, fresh };
      filled = 0;
      return rest;
    },
  };
};
