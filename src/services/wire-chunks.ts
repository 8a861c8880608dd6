import { setImmediate as eventLoop } from 'node:timers/promises';
import type { Block } from '../stages.js';
import type { Samples } from '../units.js';

/**
 * Sound in pieces for a wire: blocks that are there at once become one of at most about `most` samples, and nothing waits
 * for what is still to come. Between two pieces all others have their turn: speech from a cache is there all at once, and
 * to send a minute of it would hold everybody up.
 */
export async function* wireChunks(sound: AsyncIterable<Block>, most: Samples): AsyncGenerator<Float32Array> {
  const source = sound[Symbol.asyncIterator]();
  const read = (): Promise<IteratorResult<Block>> => {
    const step = source.next();
    // It may fail while nobody waits for it; who does is told.
    step.catch(() => {});
    return step;
  };
  let held: Float32Array[] = [];
  let size: Samples = 0;
  const take = (): Float32Array => {
    const piece = new Float32Array(size);
    let at = 0;
    for (const samples of held) {
      piece.set(samples, at);
      at += samples.length;
    }
    held = [];
    size = 0;
    return piece;
  };
  try {
    for (let next = read(); ; next = read()) {
      // A failure counts as something that is not there yet: what came before it is sent.
      const there = await Promise.race([next.catch(() => undefined), eventLoop(undefined)]);
      if (size > 0 && (there === undefined || there.done)) yield take();
      const { done, value } = there ?? (await next);
      if (done) return;
      held.push(value.samples);
      size += value.samples.length;
      if (size < most) continue;
      yield take();
      await eventLoop();
    }
  } finally {
    // Not waited for: a source that is itself waiting answers only when that ends.
    void Promise.resolve(source.return?.()).catch(() => {});
  }
}
