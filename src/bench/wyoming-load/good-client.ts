import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../../faults.js';
import type { Milliseconds } from '../../units.js';
import { isEvent, message } from '../../wyoming/index.js';
import type { SaidCommand } from '../wyoming/said-commands.js';
import { FORMAT, pcmOf, sendSound, talk } from './pace.js';
import { measureTranscript } from './transcripts.js';

/** One exchange that anybody may expect to succeed. */
export interface Exchange {
  /** For a report of its failure. */
  readonly what: string;
  /** Throws what is wrong. */
  run(uri: string, signal: AbortSignal): Promise<void>;
}

/** What became of exchanges that were made again and again. */
export interface Exchanges {
  made: number;
  /** What went wrong, each time. */
  readonly failures: string[];
}

/** Does all exchanges in turn until the signal is aborted; the last one is finished. */
export const keepExchanging = async (
  uri: string,
  exchanges: readonly Exchange[],
  rest: Milliseconds,
  signal: AbortSignal,
): Promise<Exchanges> => {
  const result: Exchanges = { made: 0, failures: [] };
  const never = new AbortController();
  for (let i = 0; !signal.aborted; i++) {
    const { run, what } = exchanges[i % exchanges.length]!;
    try {
      await run(uri, never.signal);
    } catch (error) {
      result.failures.push(`${what}: ${messageOf(error)}`);
    }
    result.made++;
    await pause(rest);
  }
  return result;
};

/** Speech to text of a whole recording, faster than anybody speaks. Something must be heard. */
export const recognise = ({ sound }: Pick<SaidCommand, 'sound'>): Exchange => ({
  what: 'a recording recognised',
  run: (uri, signal) =>
    talk(uri, signal, async ({ connection, nextOf }) => {
      await connection.send(message('transcribe', { language: 'en' }));
      await connection.send(message('audio-start', FORMAT));
      await sendSound(connection, pcmOf(sound), undefined, signal);
      await connection.send(message('audio-stop', {}));
      const event = await nextOf('transcript');
      if (isEvent(event, 'transcript') && event.data.text === '') throw new Error('Nothing was recognised.');
    }),
});

/** Speech to text of a command as it is spoken. */
export const hearLive = (said: Pick<SaidCommand, 'sound' | 'lastSound'>): Exchange => ({
  what: 'a spoken command recognised',
  run: async (uri, signal) => {
    await measureTranscript(uri, said, signal);
  },
});

/** A text is spoken to its end. */
export const speak = (text: string): Exchange => ({
  what: 'a text spoken',
  run: (uri, signal) =>
    talk(uri, signal, async ({ connection, next }) => {
      await connection.send(message('synthesize', { text }));
      let bytes = 0;
      for (let event = await next(); event.type !== 'audio-stop'; event = await next()) {
        bytes += isEvent(event, 'audio-chunk') ? event.payload.length : 0;
      }
      if (bytes === 0) throw new Error('Nothing was spoken.');
    }),
});

/** A question is answered. */
export const ask = (text: string): Exchange => ({
  what: 'a question answered',
  run: (uri, signal) =>
    talk(uri, signal, async ({ connection, nextOf }) => {
      await connection.send(message('transcript', { text, language: 'en' }));
      const event = await nextOf('handled', 'not-handled', 'intent', 'intents-start');
      if (event.type === 'not-handled') throw new Error(`“${text}” was not handled.`);
    }),
});

/** A ping is answered, on a connection where others come before. */
export const ping: Exchange = {
  what: 'a ping answered',
  run: (uri, signal) =>
    talk(uri, signal, async ({ connection, next }) => {
      for (const text of ['one', 'two', 'three']) {
        await connection.send(message('ping', { text }));
        const event = await next();
        if (!isEvent(event, 'pong') || event.data.text !== text) throw new Error('A ping was answered wrongly.');
      }
    }),
};
