import type { Clock } from '../clock.js';
import type { Log } from '../log.js';
import type { Milliseconds } from '../units.js';
import { type Connection, type Info, message, type WyomingEvent } from '../wyoming/index.js';
import type { Driver } from './drive.js';
import { type ServerId, serverOf } from './state.js';
import { watchSilence } from './watch.js';
import { toldBy } from './wire.js';
import type { WireSound } from './wire-sound.js';

/** While a server is held back because it sends faster than anybody can listen, it is told so often that we live. */
const HEARTBEAT: Milliseconds = 2_000;

interface LinksSettings {
  readonly info: Info;
  readonly driver: Pick<Driver, 'take' | 'state'>;
  /** The sound that this server sends, if it holds more than enough. */
  readonly full: (server: ServerId) => WireSound | undefined;
  readonly log: Log;
  readonly clock: Clock;
}

/** The connections that others have made to us. */
export interface Links {
  /** Serves one of them to its end. */
  serve(connection: Connection): Promise<void>;
  of(server: ServerId): Connection | undefined;
}

export const createLinks = ({ info, driver, full, log, clock }: LinksSettings): Links => {
  const connections = new Map<ServerId, Connection>();
  let last = 0;

  const serve = async (connection: Connection): Promise<void> => {
    const id = ++last;
    connections.set(id, connection);
    let heard = clock.now();
    const watching = watchSilence(connection, {
      clock,
      heard: () => heard,
      expected: () => serverOf(driver.state, id)?.paused !== true && full(id) === undefined,
    });
    try {
      for await (const event of connection.events) {
        await answer(id, connection, event);
        heard = clock.now();
      }
    } finally {
      connections.delete(id);
      if (serverOf(driver.state, id)) {
        log.info({ peer: connection.peer }, 'Home Assistant has left the satellite');
        driver.take({ kind: 'closed', server: id });
      }
      void connection.close();
      if (await watching) log.info({ peer: connection.peer }, 'a connection that had fallen silent was closed');
    }
  };

  const answer = async (id: ServerId, connection: Connection, event: WyomingEvent): Promise<void> => {
    if (event.type === 'describe') return connection.send(message('info', info));
    if (event.type === 'ping') await connection.send(message('pong', event.data));
    if (event.type === 'run-satellite' && !serverOf(driver.state, id)) {
      log.info({ peer: connection.peer }, 'Home Assistant is ready for the satellite');
    }
    const told = toldBy(event);
    if (!told) return;
    driver.take({ kind: 'told', server: id, message: told }, event);
    if (event.type === 'audio-chunk') await holdBack(id, connection);
  };

  /** Reads no more of a server until enough of what it has sent was heard. */
  const holdBack = async (id: ServerId, connection: Connection): Promise<void> => {
    for (let sound = full(id); sound && !connection.signal.aborted; sound = full(id)) {
      const waiting = new AbortController();
      const stop = (): void => waiting.abort();
      const forget = sound.roomAgain(stop);
      connection.signal.addEventListener('abort', stop, { once: true });
      const beat = await clock.sleep(HEARTBEAT, waiting.signal).then(
        () => true,
        () => false,
      );
      forget();
      connection.signal.removeEventListener('abort', stop);
      if (!beat) continue;
      // Its pings wait behind the sound, and after 5 s without a word from us Core hangs up.
      connection.send(message('pong')).catch(() => {});
      driver.take({ kind: 'heldBack', server: id });
    }
  };

  return { serve, of: (server) => connections.get(server) };
};
