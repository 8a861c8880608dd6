import type { Log } from '../engines/carrier.js';
import { messageOf } from '../faults.js';
import type { Transcriber, Transcript } from '../stages.js';
import { Agreement, type Who } from './agreement.js';
import { Channel } from './channel.js';
import { tee } from './tee.js';

const UNREAD_TRANSCRIPTS = 64;

/**
 * Two recognisers on the same speech: where they agree one may act sooner (`Transcript.agreed`). If one fails the
 * other goes on alone, and that is logged once; only if both fail the transcripts end with the first one's fault.
 *
 * @param first the one whose partials are shown and whose final is waited for.
 */
export const both = (first: Transcriber, second: Transcriber, log?: Log): Transcriber =>
  async function* transcribe(speech, signal) {
    signal.throwIfAborted();
    const left = new AbortController();
    const either = AbortSignal.any([signal, left.signal]);
    const [toFirst, toSecond] = tee(speech, either);
    const out = new Channel<Transcript>(UNREAD_TRANSCRIPTS);
    const agreement = new Agreement();
    const failures = new Map<Who, unknown>();

    const run = async (who: Who, transcriber: Transcriber, events: typeof toFirst): Promise<void> => {
      try {
        for await (const transcript of transcriber(events.read(), either)) {
          for (const said of agreement.take(who, transcript)) {
            out.push(said, (last) => last.kind === 'partial' && last.segment === said.segment);
          }
        }
        // The first one's final is the last word.
        if (who === 'first') out.end();
      } catch (error) {
        if (either.aborted) throw error;
        failures.set(who, error);
        log?.error({ stage: 'stt', error }, `One of two recognisers failed, the other goes on: ${messageOf(error)}`);
        for (const said of agreement.lose(who)) out.push(said);
      }
    };
    const running = Promise.all([run('first', first, toFirst), run('second', second, toSecond)]);
    running.then(
      () => (failures.size === 2 ? out.fail(failures.get('first')) : out.end()),
      (error) => out.fail(error),
    );
    try {
      yield* out.read();
    } finally {
      left.abort();
      await running.catch(() => {});
    }
  };
