import { Fault, messageOf } from '../faults.js';
import type { Info } from '../wyoming/messages/info.js';
import { message, type WyomingEvent, wireName } from '../wyoming/messages.js';
import { serve, type WyomingServer } from '../wyoming/server.js';
import { WyomingError } from '../wyoming/wyoming-error.js';
import { dispatcher } from './dispatcher.js';
import type { Service } from './service.js';

/** What is needed of a logger; pino's fits. What was said is never handed to it. */
interface Log {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

export interface OpenServices {
  /** `tcp://0.0.0.0:10400`, `unix:///path`. */
  readonly uri: string;
  /** May be read anew at any time: services come when their models are there. */
  readonly services: readonly Service[];
  readonly log: Log;
  /** The options that the address comes from, for a report: `port`. */
  readonly option?: string;
}

/** Everything that the services offer, as one `info`. */
const infoOf = (services: readonly Service[]): Info => {
  const infos = services.map((service) => service.info());
  return {
    asr: infos.flatMap(({ asr }) => asr ?? []),
    tts: infos.flatMap(({ tts }) => tts ?? []),
    handle: infos.flatMap(({ handle }) => handle ?? []),
    intent: infos.flatMap(({ intent }) => intent ?? []),
    wake: infos.flatMap(({ wake }) => wake ?? []),
    mic: infos.flatMap(({ mic }) => mic ?? []),
    snd: infos.flatMap(({ snd }) => snd ?? []),
  };
};

/**
 * Opens the port on which Home Assistant and others find the services.
 * @throws Fault `usage` where the address is wrong or taken.
 */
export const openServices = async ({ uri, services, log, option = 'port' }: OpenServices): Promise<WyomingServer> => {
  const info = (): WyomingEvent => message('info', infoOf(services));
  try {
    return await serve(uri, {
      onTrouble: (peer, error) => log.warn({ peer, error: messageOf(error) }, 'a Wyoming peer was refused or failed'),
      describeError: (error) =>
        error instanceof Fault
          ? { text: error.message, code: error.code }
          : { text: 'Something failed here. The log knows more.', code: 'internal' },
      onConnection: async (connection) => {
        const failed = new AbortController();
        const peer = {
          name: connection.peer,
          signal: AbortSignal.any([connection.signal, failed.signal]),
          send: connection.send,
          fail: (error: unknown) => failed.abort(error),
        };
        const dispatch = dispatcher(services, peer, info, (event) =>
          log.debug({ peer: peer.name, type: wireName(event).slice(0, 64) }, 'nobody here takes this event'),
        );
        try {
          for (;;) {
            const event = await connection.read(failed.signal);
            if (event === undefined) break;
            await dispatch.take(event);
          }
        } finally {
          await dispatch.close();
        }
      },
    });
  } catch (error) {
    if (!(error instanceof WyomingError)) throw error;
    throw new Fault('usage', `${option}: ${error.message}`, {
      hint: `Choose another one: --set ${option}=…; 0 switches it off.`,
      cause: error,
    });
  }
};
