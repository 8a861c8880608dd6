import { type ConnectionState, type HomeAssistant, openHomeAssistant } from '../../src/home-assistant/connection.js';
import { createLog } from '../../src/log.js';
import { type TestClock, testClock } from '../fakes/clock.js';
import type { FakeCore } from '../fakes/home-assistant-server.js';

/** A connection to a fake Core, on a clock that stands still. */
export interface Connected {
  readonly home: HomeAssistant;
  readonly clock: TestClock;
  /** Everything that was logged, at `trace`. */
  readonly lines: readonly string[];
  readonly states: readonly ConnectionState[];
  /** Resolves with the state when it is, or becomes, of that kind. */
  becomes(kind: ConnectionState['kind']): Promise<ConnectionState>;
}

export const connect = (core: Pick<FakeCore, 'url' | 'token'>, token = core.token): Connected => {
  const clock = testClock(Date.UTC(2026, 0, 1));
  const lines: string[] = [];
  const log = createLog({ level: 'trace', format: 'json', write: (line) => lines.push(line) });
  const home = openHomeAssistant({ url: core.url, token, log, clock, random: () => 1 });
  const states: ConnectionState[] = [];
  home.onState((state) => states.push(state));
  return { home, clock, lines, states, becomes: (kind) => becomes(home, kind) };
};

const becomes = (home: HomeAssistant, kind: ConnectionState['kind']): Promise<ConnectionState> =>
  new Promise((resolve) => {
    const look = (): void => {
      if (home.state.kind !== kind) return;
      forget();
      resolve(home.state);
    };
    const forget = home.onState(look);
    look();
  });

/** Resolves when `holds` does, looked at after each turn of the event loop: for what is told by nothing else. */
export const eventually = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

export const never = new AbortController().signal;
