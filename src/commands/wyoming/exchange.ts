import { Fault } from '../../faults.js';
import type { Options } from '../../options/schema.js';
import { timeLimit } from '../../time-limit.js';
import type { Milliseconds } from '../../units.js';
import { type Connection, connect, WyomingError, type WyomingEvent } from '../../wyoming/index.js';
import type { Setting } from '../setting.js';

/** Flags that all commands of this group have. */
export interface WyomingFlags {
  /** Which server; by default our own. */
  readonly uri?: string;
  readonly json?: boolean;
  /** Seconds that an answer may take. */
  readonly timeout?: string;
}

/** A conversation with a server, from one command. */
export interface Talk {
  readonly connection: Connection;
  /** The next event. @throws Fault `network` where none comes in time. */
  next(): Promise<WyomingEvent>;
}

const TIMEOUT: Milliseconds = 30_000;
const LONGEST: Milliseconds = 3_600_000;

/**
 * Connects, lets `work` talk, and closes in any case.
 * @throws Fault where the server is not there, says that something is wrong, or says nothing.
 */
export const talkTo = async <Value>(
  { options, signal }: Setting,
  flags: WyomingFlags,
  work: (talk: Talk) => Promise<Value>,
): Promise<Value> => {
  const uri = uriOf(flags.uri, options);
  const timeout = timeoutOf(flags.timeout);
  let connection: Connection | undefined;
  try {
    connection = await connect(uri, { signal, timeout: Math.min(timeout, 10_000) });
    const { read } = connection;
    return await work({
      connection,
      next: async () => {
        using limit = timeLimit(timeout, signal);
        try {
          const event = await read(limit.signal);
          if (event) return event;
        } catch (error) {
          if (!limit.over) throw error;
          throw new Fault('network', `${uri} did not answer within ${timeout / 1000} s.`, { hint: MORE_TIME });
        }
        throw new Fault('network', `${uri} closed the connection without an answer.`);
      },
    });
  } catch (error) {
    if (!(error instanceof WyomingError)) throw error;
    const code = error.code === 'uri' ? 'usage' : 'network';
    throw new Fault(code, error.message, {
      ...(HINTS[error.code] && { hint: HINTS[error.code] as string }),
      cause: error,
    });
  } finally {
    await connection?.close();
  }
};

const MORE_TIME = 'A longer time: --timeout SECONDS.';

const HINTS: Partial<Record<WyomingError['code'], string>> = {
  uri: 'For example: --uri tcp://homeassistant.local:10400',
  refused: 'Is it running? `evil-assistant start` opens our own; --uri names another.',
  'unknown-host': 'Check the name, or use the address in numbers.',
  timeout: MORE_TIME,
};

/** `wyoming://` is what people write. */
const uriOf = (given: string | undefined, { bind, port }: Options): string => {
  if (given !== undefined) {
    const uri = given.replace(/^wyoming:/, 'tcp:');
    return /^[a-z]+:\/\//i.test(uri) ? uri : `tcp://${uri}`;
  }
  if (port === 0) {
    throw new Fault('usage', 'Our own port is switched off (port: 0), so say which server is meant.', {
      hint: HINTS.uri as string,
    });
  }
  const host = bind === '0.0.0.0' || bind === '::' ? '127.0.0.1' : bind;
  return `tcp://${host.includes(':') ? `[${host}]` : host}:${port}`;
};

const timeoutOf = (given: string | undefined): Milliseconds => {
  if (given === undefined) return TIMEOUT;
  const ms = Number(given) * 1000;
  if (ms > 0 && ms <= LONGEST) return ms;
  throw new Fault('usage', `--timeout: "${given}" given, seconds from 0 to ${LONGEST / 1000} expected`);
};
