import {
  connect,
  type EventOf,
  type Messages,
  type MessageType,
  message,
  type WyomingEvent,
} from '../../src/wyoming/index.js';

/** A server that drives a satellite, as far as a test tells it to. */
export const openCore = async (uri: string, options: { readonly pongs?: boolean } = {}) => {
  const connection = await connect(uri);
  const seen: WyomingEvent[] = [];
  const waiting = new Set<() => void>();
  let ended = false;
  const reading = (async () => {
    try {
      for await (const event of connection.events) {
        if (event.type === 'ping' && options.pongs !== false) await connection.send(message('pong'));
        seen.push(event);
        for (const look of [...waiting]) look();
      }
    } catch {
      // The satellite has hung up.
    }
    ended = true;
    for (const look of [...waiting]) look();
  })();

  const until = (fits: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!fits() && !ended) return;
        waiting.delete(look);
        if (fits()) resolve();
        else reject(new Error(`The connection ended after ${seen.map(({ type }) => type).join(', ')}`));
      };
      waiting.add(look);
      look();
    });

  const of = <Type extends MessageType>(type: Type): EventOf<Type>[] =>
    seen.filter((event) => event.type === type) as unknown as EventOf<Type>[];

  return {
    connection,
    /** What the satellite has said. */
    seen,
    of,
    types: (): string[] => seen.map(({ type }) => type),
    /** The first event of this type, or the one with this number, counted from 1. */
    async next<Type extends MessageType>(type: Type, number = 1): Promise<EventOf<Type>> {
      await until(() => of(type).length >= number);
      return of(type)[number - 1]!;
    },
    tell: <Type extends MessageType>(type: Type, data = {} as Messages[Type]): Promise<void> =>
      connection.send(message(type, ...([data] as never)) as WyomingEvent),
    /** Sends sound in chunks of so many bytes, as fast as it goes. */
    async send(
      pcm: Uint8Array,
      { format = MONO, size = 2_048, stop = true }: { format?: Format; size?: number; stop?: boolean } = {},
    ): Promise<void> {
      await connection.send(message('audio-start', { ...format, timestamp: 0 }));
      for (let at = 0; at < pcm.length; at += size) {
        await connection.send(message('audio-chunk', format, pcm.subarray(at, at + size)));
      }
      if (stop) await connection.send(message('audio-stop', { timestamp: 0 }));
    },
    /** When all that was sent has been dealt with. */
    async settled(): Promise<void> {
      const pongs = of('pong').length;
      await connection.send(message('ping', { text: 'settled' }));
      await this.next('pong', pongs + 1);
    },
    /** When the connection has ended. */
    ended: reading,
    async close(): Promise<void> {
      await connection.close();
      await reading;
    },
  };
};
export type FakeCore = Awaited<ReturnType<typeof openCore>>;

interface Format {
  readonly rate: number;
  readonly width: number;
  readonly channels: number;
}
const MONO: Format = { rate: 22_050, width: 2, channels: 1 };

/** 16-bit samples as bytes. */
export const pcm16 = (samples: Float32Array): Uint8Array => {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  samples.forEach((sample, i) => {
    view.setInt16(i * 2, Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_768))), true);
  });
  return new Uint8Array(view.buffer);
};

/** What went up in all. */
export const uploaded = (core: FakeCore): Int16Array => {
  const chunks = core.of('audio-chunk').map(({ payload }) => payload);
  const bytes = Buffer.concat(chunks);
  return new Int16Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
};
