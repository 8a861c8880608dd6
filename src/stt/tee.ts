import type { SpeechEvent } from '../stages.js';
import { Channel, readUntil } from './channel.js';

/** More than a minute of sound in blocks of 10 ms: who is that far behind will not catch up. */
export const UNREAD_EVENTS = 8000;

/** The same events for two readers. One that falls behind for good gets a `Fault('busy')`, the other notices nothing. */
export const tee = (
  speech: AsyncIterable<SpeechEvent>,
  signal: AbortSignal,
): [Channel<SpeechEvent>, Channel<SpeechEvent>] => {
  const readers: [Channel<SpeechEvent>, Channel<SpeechEvent>] = [
    new Channel(UNREAD_EVENTS),
    new Channel(UNREAD_EVENTS),
  ];
  const pump = async () => {
    for await (const event of readUntil(speech, signal)) for (const reader of readers) reader.push(event);
  };
  const finish = (how: (reader: Channel<SpeechEvent>) => void) => {
    for (const reader of readers) how(reader);
  };
  pump().then(
    () => finish((reader) => reader.end()),
    (error) => finish((reader) => reader.fail(error)),
  );
  return readers;
};
