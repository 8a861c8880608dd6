import { setTimeout as pause } from 'node:timers/promises';
import { toInt16 } from '../../audio/pcm.js';
import { CAPTURE_RATE, type Milliseconds, toMilliseconds, toSamples } from '../../units.js';
import { type Connection, connect, type EventOf, isEvent, type MessageType, message } from '../../wyoming/index.js';
import type { SaidCommand } from './said-commands.js';

/** When the parts of a turn came, from the last sound of the command. */
export interface DirectTurn {
  readonly heard: string;
  readonly reply: string;
  readonly transcript: Milliseconds;
  readonly answer: Milliseconds;
  readonly firstSound: Milliseconds;
}

/** What Home Assistant hands on at a time. */
const CHUNK = toSamples(10);
const SILENCE = toSamples(8_000);
const FORMAT = { rate: CAPTURE_RATE, width: 2, channels: 1 };

/** The same turn as Home Assistant makes it of our services, with nobody between: three connections, one after the other. */
export const directTurn = async (
  uri: string,
  { lastSound, sound }: Pick<SaidCommand, 'lastSound' | 'sound'>,
  signal: AbortSignal,
): Promise<DirectTurn> => {
  let began: Milliseconds = 0;
  const since = (): Milliseconds => performance.now() - began - toMilliseconds(lastSound);
  const heard = await talk(uri, signal, async (connection) => {
    await connection.send(message('transcribe', { language: 'en' }));
    await connection.send(message('audio-start', FORMAT));
    began = performance.now();
    const over = new AbortController();
    const sending = speak(connection, sound, began, over.signal);
    sending.catch(() => {});
    const { data } = await until(connection, 'transcript', signal);
    over.abort();
    return { text: data.text, at: since() };
  });
  const answer = await talk(uri, signal, async (connection) => {
    await connection.send(message('transcript', { text: heard.text, language: 'en' }));
    const { data } = await until(connection, ['handled', 'not-handled'], signal);
    return { text: data.text ?? '', at: since() };
  });
  const firstSound = await talk(uri, signal, async (connection) => {
    const { text } = answer;
    await connection.send(message('synthesize-start'));
    await connection.send(message('synthesize-chunk', { text }));
    await connection.send(message('synthesize', { text }));
    await connection.send(message('synthesize-stop'));
    await until(connection, 'audio-chunk', signal);
    const at = since();
    await until(connection, 'synthesize-stopped', signal);
    return at;
  });
  return { heard: heard.text, reply: answer.text, transcript: heard.at, answer: answer.at, firstSound };
};

const talk = async <Value>(
  uri: string,
  signal: AbortSignal,
  work: (connection: Connection) => Promise<Value>,
): Promise<Value> => {
  const connection = await connect(uri, { signal });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
};

const until = async <Type extends MessageType>(
  connection: Connection,
  types: Type | readonly Type[],
  signal: AbortSignal,
): Promise<EventOf<Type>> => {
  for (;;) {
    const event = await connection.read(signal);
    if (!event) throw new Error(`The connection was closed before ${types}`);
    if (isEvent(event, 'error')) throw new Error(event.data.text);
    if (isEvent(event, ...[types].flat())) return event as EventOf<Type>;
  }
};

const speak = async (
  connection: Connection,
  sound: Float32Array,
  began: Milliseconds,
  over: AbortSignal,
): Promise<void> => {
  for (let from = 0; from < sound.length + SILENCE && !over.aborted; from += CHUNK) {
    const left = began + toMilliseconds(from + CHUNK) - performance.now();
    if (left > 0) await pause(left);
    if (over.aborted) return;
    const samples = new Float32Array(CHUNK);
    samples.set(sound.subarray(from, from + CHUNK));
    const pcm = toInt16(samples);
    await connection.send(message('audio-chunk', FORMAT, new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength)));
  }
};
