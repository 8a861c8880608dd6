import type { ServiceOption } from '../../src/elsewhere/service-address.js';
import { openServices, type Services, type ServicesOptions } from '../../src/elsewhere/services.js';
import type { Audio, Block, Run, SpeechEvent } from '../../src/stages.js';
import {
  type Connection,
  type Info,
  type KnownEvent,
  message,
  serve,
  type WyomingEvent,
} from '../../src/wyoming/index.js';

const attribution = { name: 'Somebody', url: 'https://example.org' };
const artifact = (name: string) => ({ name, attribution, installed: true, languages: ['en'] });

export const asrInfo = (streams = false): Info => ({
  asr: [{ ...artifact('ears'), models: [artifact('base')], supports_transcript_streaming: streams }],
});
export const ttsInfo = (streams = false): Info => ({
  tts: [{ ...artifact('mouth'), voices: [artifact('amy')], supports_synthesize_streaming: streams }],
});
export const wakeInfo = (...names: string[]): Info => ({
  wake: [{ ...artifact('sentry'), models: names.map(artifact) }],
});
export const agentInfo = (): Info => ({ handle: [{ ...artifact('butler'), models: [artifact('butler')] }] });

/** What a connection is for, once it has said more than "describe". */
export type Handler = (peer: Connection, first: KnownEvent, count: number) => Promise<void>;

export interface Elsewhere extends AsyncDisposable {
  readonly uri: string;
  readonly logged: { readonly level: 'info' | 'warn'; readonly text: string }[];
  readonly log: { info(details: object, text: string): void; warn(details: object, text: string): void };
  readonly services: Services;
  /** The service under test, already seen to be up. */
  open(option: ServiceOption, query?: string): Promise<ReturnType<Services['open']>>;
  /** Connections that asked for something else than a description. */
  readonly asked: number;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** A Wyoming service of our own library that does whatever a test needs, and the stages' view of it. */
export const elsewhere = async (
  info: Info,
  handler: Handler,
  options: Partial<ServicesOptions> = {},
): Promise<Elsewhere> => {
  const logged: Elsewhere['logged'] = [];
  const note = (level: 'info' | 'warn') => (_: object, text: string) => void logged.push({ level, text });
  const log = { info: note('info'), warn: note('warn') };
  let asked = 0;
  let uri = 'tcp://127.0.0.1:0';
  const open = () =>
    serve(uri, {
      async onConnection(connection) {
        for await (const event of connection.events) {
          if (event.type === 'describe') await connection.send(message('info', info));
          else if (event.type !== 'unknown') return handler(connection, event, asked++);
        }
      },
    });
  let server = await open();
  ({ uri } = server);
  const services = openServices({ log, ...options });
  return {
    uri,
    logged,
    log,
    services,
    async open(option, query = '') {
      const service = services.open(option, `${uri}${query}`);
      await service.client.ready(AbortSignal.timeout(5_000));
      return service;
    },
    get asked() {
      return asked;
    },
    stop: () => server.close({ grace: 0 }),
    async start() {
      server = await open();
    },
    async [Symbol.asyncDispose]() {
      await services.close();
      await server.close({ grace: 0 });
    },
  };
};

/** Reads up to an event of a type; what came, that event included. */
export const readTo = async (peer: Connection, type: WyomingEvent['type']): Promise<WyomingEvent[]> => {
  const seen: WyomingEvent[] = [];
  for await (const event of peer.events) {
    seen.push(event);
    if (event.type === type) return seen;
  }
  throw new Error(`${type} never came, but ${seen.map((event) => event.type).join(', ')}`);
};

/** A run that is committed. */
export const committedRun = (
  signal: AbortSignal = new AbortController().signal,
): Run & { readonly marks: string[] } => {
  const marks: string[] = [];
  return { signal, committed: Promise.resolve(), mark: (name) => void marks.push(name), marks };
};

/** Sound of so many milliseconds at 16 kHz that counts up, in blocks of 20 ms. */
export const sound = (milliseconds: number, from = 0, rate = 16_000): Block[] => {
  const size = rate / 50;
  return Array.from({ length: milliseconds / 20 }, (_, i) => ({
    samples: new Float32Array(size).fill(0.1),
    from: from + i * size,
  }));
};

export const audioOf = (blocks: Iterable<Block> | AsyncIterable<Block>, rate = 16_000): Audio => ({
  rate,
  async *[Symbol.asyncIterator]() {
    yield* blocks;
  },
});

export const speech = (blocks: readonly Block[], segment = 1): SpeechEvent[] =>
  blocks.map((block) => ({ kind: 'audio', segment, block }));

export const all = async <T>(items: AsyncIterable<T>): Promise<T[]> => {
  const seen: T[] = [];
  for await (const item of items) seen.push(item);
  return seen;
};
