import { connect, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Milliseconds } from '../../units.js';

/** One exchange of somebody who does not mean well, or cannot. Leaves nothing open. */
export type Hostile = (port: number) => Promise<void>;

const KIB = 1024;
const MIB = 1024 * KIB;
/** Nobody hostile stays longer. */
const STAY: Milliseconds = 12_000;

/** Raw bytes: a header line and what follows it. */
const raw = (header: object | string, ...more: readonly (string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    [`${typeof header === 'string' ? header : JSON.stringify(header)}\n`, ...more].map((one) => Buffer.from(one)),
  );

const event = (type: string, data: object = {}, payload: Uint8Array = new Uint8Array(0)): Buffer => {
  const json = JSON.stringify(data);
  const lengths = { data_length: Buffer.byteLength(json), payload_length: payload.length };
  return raw({ type, version: '1.10.2', ...lengths }, json, payload);
};

const FORMAT = { rate: 16_000, width: 2, channels: 1 };
const noise = (bytes: number): Uint8Array => Uint8Array.from({ length: bytes }, () => Math.floor(256 * Math.random()));
const NOISE = noise(64 * KIB);
const chunk = (bytes = 640, format = FORMAT): Buffer => event('audio-chunk', format, NOISE.subarray(0, bytes));

interface Visit {
  /** Reads nothing of what it is told. */
  readonly deaf?: boolean;
  /** How it leaves when all is said: waits to be shown out, closes, or breaks off. */
  readonly leaves?: 'last' | 'politely' | 'rudely';
  /** How long it stays when all is said, where it does not wait for its end. */
  readonly stay?: Milliseconds;
}

/** Connects, says these bytes, waits as long as the server takes them, and leaves. */
const visit =
  (say: () => Iterable<Uint8Array>, { deaf = false, leaves = 'last', stay = 0 }: Visit = {}): Hostile =>
  async (port) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true });
    const gone = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.on('error', () => {});
    if (deaf) socket.pause();
    else socket.resume();
    const limit = setTimeout(() => socket.destroy(), STAY);
    for (const bytes of say()) {
      if (socket.destroyed) break;
      if (!socket.write(bytes)) await Promise.race([drained(socket), gone]);
    }
    if (stay > 0) await Promise.race([pause(stay), gone]);
    if (leaves === 'politely') socket.end();
    if (leaves === 'rudely') socket.resetAndDestroy();
    // A server that keeps who has said nothing wrong is not at fault.
    if (leaves === 'last') socket.end();
    await gone;
    clearTimeout(limit);
  };

const drained = (socket: Socket): Promise<void> => new Promise((resolve) => socket.once('drain', resolve));

const saying = (bytes: Uint8Array, how?: Visit): Hostile => visit(() => [bytes], how);
const again = (bytes: Uint8Array, times: number, how?: Visit): Hostile =>
  visit(() => Array.from({ length: times }, () => bytes), how);

const SENTENCE = 'And then another day of ash and embers passes over the old stone tower. ';

/** Everything that a peer may do wrong, by name. */
export const hostileKinds: Readonly<Record<string, Hostile>> = {
  'negative length': saying(raw({ type: 'x', payload_length: -1 })),
  'half a byte': saying(raw({ type: 'x', data_length: 0.5 })),
  'a length as text': saying(raw({ type: 'x', data_length: '10' })),
  'a gigabyte claimed, a byte sent': saying(raw({ type: 'x', payload_length: 2 ** 30 }, 'A')),
  'two lengths': saying(raw('{"type":"x","data_length":40,"data_length":2}', '{"a":1}')),
  'another protocol': saying(Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')),
  noise: saying(NOISE),
  'no UTF-8': saying(Buffer.from('{"type":"\xff"}\n', 'latin1')),
  'a thousand deep': saying(raw({ type: 'x', data_length: 2000 }, '['.repeat(2000))),
  'a line without end': saying(Buffer.alloc(MIB, 'a')),
  'a rate that is none': saying(raw({ type: 'audio-start', data: { rate: 'x', width: 2, channels: 1 } })),
  'samples of no width': saying(raw({ type: 'audio-chunk', data: { rate: 1, width: 0, channels: 1 } })),
  'one byte of an event, for a second': saying(chunk().subarray(0, 1), { stay: 1_000 }),
  'most of an event, then nothing': saying(chunk().subarray(0, 600), { stay: 1_000, leaves: 'rudely' }),
  'ten thousand tiny events': again(Buffer.alloc(13_000, '{"type":"a"}\n'), 10, { leaves: 'politely' }),
  'many questions, no ear': again(event('describe'), 500, { deaf: true, stay: 1_000, leaves: 'rudely' }),
  'much data': again(raw({ type: 'x', data_length: 100_005 }, `{"a":[${'0,'.repeat(49_998)}0]}`), 4),
  'half of a large payload': saying(raw({ type: 'x', payload_length: 4 * MIB }, new Uint8Array(2 * MIB)), {
    stay: 500,
    leaves: 'rudely',
  }),
  'a whole large payload': saying(event('audio-chunk', FORMAT, new Uint8Array(3 * MIB)), { leaves: 'rudely' }),
  'audio that nobody asked for': again(chunk(), 50, { leaves: 'rudely' }),
  'half samples': again(chunk(641), 20, { leaves: 'politely' }),
  'another rate in every chunk': visit(
    () =>
      Array.from({ length: 20 }, (_, i) =>
        chunk(640, { rate: 8_000 + 1_000 * i, width: 1 + (i % 4), channels: 1 + (i % 8) }),
      ),
    { leaves: 'politely' },
  ),
  'more than 384 kHz in 32 channels': again(event('audio-chunk', { rate: 384_000, width: 4, channels: 32 }, NOISE), 8, {
    leaves: 'rudely',
  }),
  'a wake word stream that breaks off': visit(
    function* () {
      yield event('detect');
      yield event('audio-start', FORMAT);
      for (let i = 0; i < 100; i++) yield chunk();
      yield chunk().subarray(0, 300);
    },
    { leaves: 'rudely' },
  ),
  'a command that breaks off': visit(
    function* () {
      yield event('transcribe', { language: 'en' });
      yield event('audio-start', FORMAT);
      for (let i = 0; i < 50; i++) yield chunk();
    },
    { leaves: 'rudely' },
  ),
  'a wake word that there is not': saying(
    event('detect', { names: Array.from({ length: 2_000 }, (_, i) => `word${i}`) }),
  ),
  'a voice that there is not': saying(event('synthesize', { text: 'Hello.', voice: { name: 'x'.repeat(10_000) } })),
  'a piece of text before its beginning': saying(event('synthesize-chunk', { text: 'Hello.' })),
  'a novel that nobody waits for': saying(event('synthesize', { text: SENTENCE.repeat(800) }), {
    stay: 200,
    leaves: 'rudely',
  }),
  'a novel that nobody hears': saying(event('synthesize', { text: SENTENCE.repeat(100) }), {
    deaf: true,
    stay: 1_000,
    leaves: 'rudely',
  }),
  'a question of 60,000 characters': saying(event('transcript', { text: SENTENCE.repeat(800), language: 'en' })),
  'a visit': saying(new Uint8Array(0), { leaves: 'rudely' }),
};
