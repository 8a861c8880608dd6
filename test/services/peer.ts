import { openServices } from '../../src/services/open-services.js';
import type { Service } from '../../src/services/service.js';
import {
  type Connection,
  connect,
  type EventOf,
  type MessageType,
  message,
  type WyomingEvent,
  wireName,
} from '../../src/wyoming/index.js';

/** Services on a port of their own, and what they log. */
export interface TestServer extends AsyncDisposable {
  readonly uri: string;
  readonly warnings: { readonly details: object; readonly text: string }[];
  /** A connection that is closed with the server. */
  peer(): Promise<TestPeer>;
}

export interface TestPeer {
  readonly connection: Connection;
  send(...events: readonly WyomingEvent[]): Promise<void>;
  /** Reads up to an event of this type, and gives all that came. Throws what came where it never does. */
  until(type: MessageType): Promise<readonly WyomingEvent[]>;
  /** Up to an event of this type, and its data. */
  answer<Type extends MessageType>(type: Type): Promise<EventOf<Type>['data']>;
  /** All up to the end of the connection. */
  rest(): Promise<readonly WyomingEvent[]>;
}

export const serveTest = async (services: readonly Service[]): Promise<TestServer> => {
  const warnings: TestServer['warnings'] = [];
  const log = {
    debug: () => {},
    info: () => {},
    warn: (details: object, text: string) => void warnings.push({ details, text }),
  };
  const server = await openServices({ uri: 'tcp://127.0.0.1:0', services, log });
  const open: Connection[] = [];
  return {
    uri: server.uri,
    warnings,
    async peer() {
      const connection = await connect(server.uri);
      open.push(connection);
      return testPeer(connection);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(open.map((connection) => connection.close()));
      await server.close({ grace: 100 });
    },
  };
};

const testPeer = (connection: Connection): TestPeer => {
  const until: TestPeer['until'] = async (type) => {
    const seen: WyomingEvent[] = [];
    for await (const event of connection.events) {
      seen.push(event);
      if (event.type === type) return seen;
    }
    throw new Error(
      `${type} never came; what came: ${seen.map((event) => describeEvent(event)).join(', ') || 'nothing'}`,
    );
  };
  return {
    connection,
    until,
    async send(...events) {
      for (const event of events) await connection.send(event);
    },
    answer: async <Type extends MessageType>(type: Type) => {
      const seen = await until(type);
      return (seen.at(-1) as EventOf<Type>).data;
    },
    async rest() {
      const seen: WyomingEvent[] = [];
      for await (const event of connection.events) seen.push(event);
      return seen;
    },
  };
};

const describeEvent = (event: WyomingEvent): string => `${wireName(event)} ${JSON.stringify(event.data)}`;

/** Sound as a client sends it: start, chunks of `chunkMs`, stop. */
export const sent = (
  samples: Float32Array,
  { rate = 16_000, width = 2, channels = 1, chunkMs = 20, timestamp = 0 } = {},
): WyomingEvent[] => {
  const format = { rate, width, channels };
  const size = Math.round((rate * chunkMs) / 1000);
  const chunks: WyomingEvent[] = [];
  for (let at = 0; at < samples.length; at += size) {
    const payload = pcm(samples.subarray(at, at + size), width, channels);
    chunks.push(message('audio-chunk', { ...format, timestamp: timestamp + (at * 1000) / rate }, payload));
  }
  return [message('audio-start', { ...format, timestamp }), ...chunks, message('audio-stop')];
};

const pcm = (samples: Float32Array, width: number, channels: number): Uint8Array => {
  const bytes = new Uint8Array(samples.length * width * channels);
  const view = new DataView(bytes.buffer);
  samples.forEach((sample, i) => {
    for (let channel = 0; channel < channels; channel++) {
      const at = (i * channels + channel) * width;
      if (width === 1) view.setUint8(at, Math.round(sample * 127) + 128);
      else if (width === 2) view.setInt16(at, Math.round(sample * 32_767), true);
      else if (width === 4) view.setInt32(at, Math.round(sample * 2_147_483_647), true);
      else {
        const value = Math.round(sample * 8_388_607);
        view.setUint8(at, value & 255);
        view.setInt16(at + 1, value >> 8, true);
      }
    }
  });
  return bytes;
};
