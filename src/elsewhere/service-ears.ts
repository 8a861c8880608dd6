import { toInt16 } from '../audio/pcm.js';
import { type Clock, systemClock } from '../clock.js';
import { CAPTURE_RATE, type Milliseconds, type Samples } from '../units.js';
import { type Connection, expectEvent, message, WyomingError } from '../wyoming/index.js';
import { connectTo, faultOf, inTime } from './exchange.js';
import type { Service } from './services.js';

/** What a recogniser elsewhere does with one segment of speech; fits what `transcribeWith` asks of one. */
export interface ServiceHearing {
  /** Sound without gaps, in its order. Kept by reference, so that it can be sent again. */
  hear(samples: Float32Array): void;
  /** Text of all that has been heard; `last` is the end of the speech in it. */
  draft(extent: { readonly last: Samples }, signal: AbortSignal): Promise<{ readonly text: string }>;
  /** Speech goes on after a draft was asked for. */
  resume(): void;
  close(): void;
}

export interface ServiceEars {
  begin(events: { partial(text: string): void; fail(error: unknown): void }): ServiceHearing;
  close(): void;
}

export interface ServiceEarsOptions {
  readonly service: Service;
  /** Text as every recogniser of this program gives it. */
  readonly normalise: (text: string) => string;
  /** From the end of the sound to the text; whisper takes seconds on a small computer. */
  readonly answerWithin?: Milliseconds;
  readonly clock?: Clock;
}

const ANSWER_WITHIN: Milliseconds = 4_000;
/** Who makes more text out of 20 s of speech does not recognise it. */
const LONGEST_TEXT = 4_000;

/**
 * The ears of a Wyoming recogniser, for `transcribeWith`: sound is sent while it is spoken, and the end of it at a pause;
 * if speech goes on, all of it is sent again on a new connection. A connection is there before the speech begins. Whatever
 * goes wrong is a `Fault` 'network', at once where the service is known to be down.
 */
export const serviceEars =
  (options: ServiceEarsOptions): ((signal: AbortSignal) => Promise<ServiceEars>) =>
  async (signal) => {
    const { service, normalise, answerWithin = ANSWER_WITHIN, clock = systemClock } = options;
    const left = new AbortController();
    const over = AbortSignal.any([signal, left.signal]);
    let ready: Connection | undefined = await connectTo(service, clock, over);
    const connect = async (): Promise<Connection> => {
      const kept = ready;
      ready = undefined;
      return kept && !kept.signal.aborted ? kept : connectTo(service, clock, over);
    };
    return {
      begin: (events) => {
        const listen = () =>
          openPass({ service, connecting: connect(), partial: events.partial, normalise, signal: over });
        return hearing(listen, events.fail, { service, answerWithin, clock });
      },
      close() {
        left.abort();
        void ready?.close();
      },
    };
  };

const hearing = (
  listen: () => Pass,
  fail: (error: unknown) => void,
  { service, answerWithin, clock }: { service: Service; answerWithin: Milliseconds; clock: Clock },
): ServiceHearing => {
  const kept: Float32Array[] = [];
  let pass: Pass;
  let paused = false;

  const start = (): void => {
    const begun = listen();
    pass = begun;
    for (const samples of kept) begun.send(samples);
    begun.answer.catch((error: unknown) => {
      // While a draft is waited for, it is the draft that fails.
      if (pass === begun && !paused) fail(error);
    });
  };
  start();

  return {
    hear(samples) {
      kept.push(samples);
      if (!paused) pass.send(samples);
    },
    async draft({ last }, signal) {
      paused = true;
      // It has found an end of its own in the middle of the speech: what came after that it has not heard.
      if (pass.heard !== undefined && pass.heard < last) {
        pass.close();
        start();
      }
      pass.stop();
      const { answer } = pass;
      const text = await inTime(service, { limit: answerWithin, clock, signal, late: 'recognised nothing' }, (until) =>
        unlessAborted(answer, until),
      );
      return { text };
    },
    resume() {
      paused = false;
      pass.close();
      start();
    },
    close() {
      paused = true;
      pass.close();
    },
  };
};

/** Sound on its way over one connection, and the text that comes back. */
interface Pass {
  send(samples: Float32Array): void;
  /** That was all. */
  stop(): void;
  readonly answer: Promise<string>;
  /** How much it had been sent when it answered without being asked. */
  readonly heard: Samples | undefined;
  close(): void;
}

interface PassOptions {
  readonly service: Service;
  readonly connecting: Promise<Connection>;
  readonly partial: (text: string) => void;
  readonly normalise: (text: string) => string;
  readonly signal: AbortSignal;
}

const FORMAT = { rate: CAPTURE_RATE, width: 2, channels: 1 };

const openPass = ({ service, connecting, partial, normalise, signal }: PassOptions): Pass => {
  const { model, language } = service.address;
  const left = new AbortController();
  const over = AbortSignal.any([signal, left.signal]);
  /** What the connection has not taken yet: no more than the segment, which is bounded. */
  const waiting: Float32Array[] = [];
  let stopped = false;
  let sent: Samples = 0;
  let heard: Samples | undefined;
  let wake = (): void => {};

  const talk = async (connection: Connection): Promise<void> => {
    await connection.send(message('transcribe', { ...(model && { name: model }), ...(language && { language }) }));
    await connection.send(message('audio-start', FORMAT));
    while (!over.aborted && heard === undefined) {
      const samples = waiting.shift();
      if (samples !== undefined) {
        const { buffer, byteLength } = toInt16(samples);
        await connection.send(message('audio-chunk', FORMAT, new Uint8Array(buffer, 0, byteLength)));
        sent += samples.length;
      } else if (stopped) {
        await connection.send(message('audio-stop'));
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  };

  const listen = async (connection: Connection): Promise<string> => {
    let text = '';
    let whole = false;
    for (;;) {
      const event = await connection.read(over);
      switch (event?.type) {
        case 'transcript':
          return normalise(event.data.text);
        case 'transcript-start':
          text = '';
          break;
        case 'transcript-chunk':
          text = (text + event.data.text).slice(0, LONGEST_TEXT);
          if (!left.signal.aborted) partial(normalise(text));
          break;
        case 'transcript-stop':
          whole = true;
          break;
        case 'error':
          expectEvent(event, 'transcript');
          break;
        case undefined:
          if (whole) return normalise(text);
          throw new WyomingError('closed', 'The connection ended before there was a transcript.');
      }
    }
  };

  const work = async (): Promise<string> => {
    const connection = await connecting;
    try {
      over.throwIfAborted();
      const talking = talk(connection);
      // Where it cannot be talked to, nothing will be heard from it.
      talking.catch(() => connection.close());
      const text = await listen(connection);
      if (!stopped) heard = sent;
      return text;
    } finally {
      wake();
      void connection.close();
    }
  };

  const answer = work().catch((error: unknown) => {
    throw faultOf(error, service, over);
  });
  answer.catch(() => {});

  return {
    answer,
    get heard() {
      return heard;
    },
    send(samples) {
      if (stopped || heard !== undefined) return;
      waiting.push(samples);
      wake();
    },
    stop() {
      stopped = true;
      wake();
    },
    close() {
      left.abort();
      wake();
    },
  };
};

/** A promise that knows of no signal, as one that does. */
const unlessAborted = <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
