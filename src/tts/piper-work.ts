import type { Lease, Supervised } from '../engines/supervised.js';
import { pieces } from '../text/split.js';
import type { Priority, Work } from './render-queue.js';
import type { PieceRequest, Sounding } from './sentences-in-work.js';

/**
 * Makes sentences in a host of a Piper model. A sentence keeps its host from the first piece to the last: the effects
 * in it remember the pieces before.
 */
export const piperWork = (host: Supervised): ((sentence: string, as: Sounding, priority: Priority) => Work) => {
  let sentences = 0;
  return (sentence, as, priority) => {
    const number = sentences++;
    // Nobody waits for the first clause of a line for later.
    const todo = pieces(sentence, priority !== 'prefill');
    let next = 0;
    let lease: Lease | undefined;
    let closed = false;

    const giveBack = (): void => {
      lease?.release();
      lease = undefined;
    };
    return {
      async *piece(signal) {
        const piece = todo[next];
        if (piece === undefined) return;
        lease ??= await host.lease(signal);
        if (closed) return giveBack();
        const request: PieceRequest = {
          sentence: number,
          piece,
          last: next === todo.length - 1,
          ...(next === 0 && { as }),
        };
        next += 1;
        yield* lease.host.stream<Int16Array>('piece', request, signal);
        if (next === todo.length) giveBack();
      },
      get done() {
        return next === todo.length;
      },
      close() {
        closed = true;
        // A host that has died has forgotten it anyway.
        if (next > 0) lease?.host.call('drop', number).catch(() => {});
        giveBack();
      },
    };
  };
};
