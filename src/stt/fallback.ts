import type { Log } from '../engines/carrier.js';
import { messageOf } from '../faults.js';
import type { SpeechEvent, Transcriber } from '../stages.js';
import { type Samples, toSamples } from '../units.js';
import { Channel, readUntil } from './channel.js';
import { UNREAD_EVENTS } from './tee.js';

/** Sound that is kept for a second hearing: the longest command (15 s) with its look-back. */
const KEPT: Samples = toSamples(20_000);

/**
 * `first`, and where it fails, `second` for the rest of this speech: it hears the segment that has no final yet from
 * its beginning. The failure is logged; if `second` fails too, its fault ends the transcripts.
 */
export const withFallback = (first: Transcriber, second: Transcriber, log?: Log): Transcriber =>
  async function* transcribe(speech, signal) {
    signal.throwIfAborted();
    const left = new AbortController();
    const either = AbortSignal.any([signal, left.signal]);
    const unfinished = new Unfinished();
    let events = new Channel<SpeechEvent>(UNREAD_EVENTS);
    let end: ((channel: Channel<SpeechEvent>) => void) | undefined;
    const pump = async () => {
      for await (const event of readUntil(speech, either)) {
        unfinished.add(event);
        events.push(event);
      }
    };
    const finish = (how: (channel: Channel<SpeechEvent>) => void) => {
      end = how;
      how(events);
    };
    const pumping = pump().then(
      () => finish((channel) => channel.end()),
      (error) => finish((channel) => channel.fail(error)),
    );
    const run = async function* (transcriber: Transcriber) {
      for await (const transcript of transcriber(events.read(), either)) {
        if (transcript.kind === 'final') unfinished.drop(transcript.segment);
        yield transcript;
      }
    };
    try {
      try {
        return yield* run(first);
      } catch (error) {
        if (either.aborted) throw error;
        log?.warn({ stage: 'stt', error }, `Recognition falls back: ${messageOf(error)}`);
      }
      events = new Channel(UNREAD_EVENTS);
      for (const event of unfinished.events) events.push(event);
      end?.(events);
      yield* run(second);
    } finally {
      left.abort();
      await pumping;
    }
  };

/** The events of the segments that have no final yet. */
class Unfinished {
  #events: SpeechEvent[] = [];
  #samples: Samples = 0;

  get events(): readonly SpeechEvent[] {
    return this.#events;
  }

  add(event: SpeechEvent): void {
    if (event.kind === 'silence') return;
    if (event.kind === 'audio') {
      if (this.#samples >= KEPT) return;
      this.#samples += event.block.samples.length;
    }
    this.#events.push(event);
  }

  drop(segment: number): void {
    this.#events = this.#events.filter((event) => event.kind !== 'silence' && event.segment > segment);
    this.#samples = 0;
    for (const event of this.#events) if (event.kind === 'audio') this.#samples += event.block.samples.length;
  }
}
