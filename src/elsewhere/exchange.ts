import type { Clock } from '../clock.js';
import { Fault, isAbort, messageOf } from '../faults.js';
import type { Milliseconds } from '../units.js';
import { type Connection, WyomingError, type WyomingEvent } from '../wyoming/index.js';
import type { Service } from './services.js';

/** A house has a network of its own: a connection takes a millisecond, or something is wrong. */
const CONNECT_WITHIN: Milliseconds = 1_000;

export interface Patience {
  readonly limit: Milliseconds;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** What was to happen within the limit: "did not answer". */
  readonly late: string;
}

/** What `work` gives, a `Fault` 'network' at the time limit, or the signal's reason. The signal that `work` gets ends with it. */
export const inTime = async <T>(
  { address: { place } }: Pick<Service, 'address'>,
  { limit, clock, signal, late }: Patience,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  signal.throwIfAborted();
  const over = new AbortController();
  const done = new AbortController();
  const onAbort = (): void => over.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  clock.sleep(limit, done.signal).then(
    () => over.abort(new Fault('network', `${place} ${late} within ${limit / 1000} s`, { retry: true })),
    () => {},
  );
  try {
    return await work(over.signal);
  } finally {
    done.abort();
    signal.removeEventListener('abort', onAbort);
  }
};

/** A new connection, the caller's to close. @throws Fault('network'), at once where the service is known to be down. */
export const connectTo = async (service: Service, clock: Clock, signal: AbortSignal): Promise<Connection> => {
  const patience: Patience = { limit: CONNECT_WITHIN, clock, signal, late: 'did not accept a connection' };
  try {
    return await inTime(service, patience, (until) => service.client.connection(until));
  } catch (error) {
    throw faultOf(error, service, signal);
  }
};

/** What a service did wrong, as what the program knows how to live with. What an aborted signal throws stays as it is. */
export const faultOf = (
  error: unknown,
  { address: { place } }: Pick<Service, 'address'>,
  signal: AbortSignal,
): unknown => {
  if (signal.aborted) return signal.reason;
  if (error instanceof Fault || isAbort(error)) return error;
  if (!(error instanceof WyomingError)) return error;
  const said = error.code === 'remote' ? `${place} says: ${messageOf(error)}` : `${place}: ${messageOf(error)}`;
  return new Fault('network', said, { retry: true, cause: error });
};

/** The next event; `undefined` is the end. @throws Fault('network') where none comes in time. */
export const nextEvent = (
  service: Pick<Service, 'address'>,
  connection: Connection,
  patience: Patience,
): Promise<WyomingEvent | undefined> => inTime(service, patience, (until) => connection.read(until));
