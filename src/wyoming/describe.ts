import { systemClock } from './clock.js';
import { type ConnectOptions, connect } from './connect.js';
import type { Connection } from './connection.js';
import type { Info } from './messages/info.js';
import { expectEvent, isEvent, message } from './messages.js';
import { WyomingError } from './wyoming-error.js';

/**
 * What a server offers. A uri is connected to and left again; of a connection that is handed in, other events that come
 * before the answer are lost. Throws what `connect` throws, `timeout`, `closed`, and `remote` for an `error`.
 */
export const describe = async (target: string | Connection, options: ConnectOptions = {}): Promise<Info> => {
  if (typeof target !== 'string') return ask(target, options);
  const connection = await connect(target, options);
  try {
    return await ask(connection, options);
  } finally {
    void connection.close();
  }
};

const ask = async (connection: Connection, options: ConnectOptions): Promise<Info> => {
  const { signal, timeout = 5000, clock = systemClock } = options;
  const given = new AbortController();
  const answered = new AbortController();
  const onAbort = (): void => given.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener('abort', onAbort, { once: true });
  clock.sleep(timeout, answered.signal).then(
    () =>
      given.abort(
        new WyomingError('timeout', `${connection.peer} did not describe itself within ${timeout / 1000} s.`),
      ),
    () => undefined,
  );
  try {
    await connection.send(message('describe'));
    while (true) {
      const event = await connection.read(given.signal);
      if (!event || isEvent(event, 'info', 'error')) return expectEvent(event, 'info').data;
    }
  } finally {
    answered.abort();
    signal?.removeEventListener('abort', onAbort);
  }
};
