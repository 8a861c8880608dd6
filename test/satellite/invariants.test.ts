import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { due, stepSatellite } from '../../src/satellite/machine.js';
import {
  currentServer,
  DEFAULT_SETTINGS,
  initialState,
  MOST_SERVERS,
  MOST_SOUNDS,
  MOST_TIMERS,
  mayListen,
  type SatelliteAction,
  type SatelliteInput,
  type SatelliteState,
} from '../../src/satellite/state.js';
import { type Happening, happenings } from './sequences.js';

/** Does what the actions say, and checks that each of them makes sense. */
const observer = () => {
  let state: SatelliteState = initialState;
  let at = 0;
  let streaming: number | undefined;
  let playing: number | undefined;
  let listening = true;
  /** Sounds of servers: whether all of it has come, or it is not wanted any more. */
  const arriving = new Set<number>();

  const check = (before: SatelliteState, actions: readonly SatelliteAction[]): void => {
    for (const [i, action] of actions.entries()) {
      switch (action.kind) {
        case 'stream':
          expect(streaming).toBeUndefined();
          expect(actions.slice(i - 2, i)).toMatchObject([
            { kind: 'send', server: action.server, message: { type: 'detection' } },
            { kind: 'send', server: action.server, message: { type: 'run-pipeline' } },
          ]);
          streaming = action.run;
          break;
        case 'stopStream':
          expect(streaming).toBe(action.run);
          streaming = undefined;
          break;
        case 'open':
          arriving.add(action.sound);
          break;
        case 'feed':
          expect(arriving).toContain(action.sound);
          break;
        case 'end':
          expect(arriving.delete(action.sound)).toBe(true);
          break;
        case 'play':
          expect(playing).toBeUndefined();
          playing = action.sound.id;
          break;
        case 'silence':
          arriving.delete(action.sound);
          if (playing === action.sound) playing = undefined;
          break;
        case 'listen':
          expect(action.on).toBe(!listening);
          listening = action.on;
          break;
        case 'send':
          expect(state.servers.map(({ id }) => id)).toContain(action.server);
          break;
        default:
          break;
      }
    }
    checkPlayed(before, actions);
  };

  /** One `played` for every sound that is over, and for every one that was refused. */
  const checkPlayed = (before: SatelliteState, actions: readonly SatelliteAction[]): void => {
    const gone = before.sounds.filter(({ id }) => !state.sounds.some((sound) => sound.id === id));
    for (const { id } of before.servers) {
      const alive = state.servers.some((server) => server.id === id);
      const over = gone.filter(({ source }) => 'server' in source && source.server === id).length;
      const owedBefore = before.servers.find((server) => server.id === id)?.incoming;
      const owedNow = state.servers.find((server) => server.id === id)?.incoming;
      const paid = owedBefore?.owed && (owedNow?.owed !== true || actions.some(isPlayedFor(id))) ? 1 : 0;
      const sent = actions.filter(isPlayedFor(id)).length;
      expect(sent).toBe(alive ? over + paid : sent);
    }
  };

  const take = (input: SatelliteInput): void => {
    const before = state;
    const step = stepSatellite(state, input, DEFAULT_SETTINGS);
    state = step.state;
    // What has been heard to its end makes room before the next is played.
    if (input.kind === 'sounded' && playing === input.sound) {
      playing = undefined;
      arriving.delete(input.sound);
    }
    check(before, step.actions);

    const { turn } = state;
    expect(streaming).toBe(turn?.phase === 'streaming' ? turn.run : undefined);
    if (turn) expect(turn.server).toBe(currentServer(state)?.id);
    if (streaming !== undefined) expect(mayListen(state)).toBe(true);
    expect(listening).toBe(mayListen(state));
    expect(playing).toBe(state.sounds[0]?.id);
    expect(state.sounds.length).toBeLessThanOrEqual(MOST_SOUNDS);
    expect(state.servers.length).toBeLessThanOrEqual(MOST_SERVERS);
    expect(state.timers.length).toBeLessThanOrEqual(MOST_TIMERS);
    expect(new Set(state.timers.map(({ id }) => id)).size).toBe(state.timers.length);
    for (const { incoming } of state.servers) {
      if (incoming?.sound !== undefined) expect(state.sounds.map(({ id }) => id)).toContain(incoming.sound);
    }
  };

  const wait = (duration: number): void => {
    const until = at + duration;
    for (let next = due(state, DEFAULT_SETTINGS); next <= until; next = due(state, DEFAULT_SETTINGS)) {
      at = Math.max(at, next);
      take({ kind: 'tick', at });
      // Or the clock would be asked for the same moment for ever.
      expect(due(state, DEFAULT_SETTINGS)).toBeGreaterThan(at);
    }
    at = until;
  };

  return {
    happen(what: Happening): void {
      if (what.kind === 'wait') wait(what.duration);
      else if (what.kind === 'spoken') take({ kind: 'spoken', run: what.real ? (state.turn?.run ?? 0) : 1, at });
      else if (what.kind === 'sounded')
        take({ kind: 'sounded', sound: what.real ? (state.sounds[0]?.id ?? 0) : 2, at });
      else take({ ...what, at } as SatelliteInput);
    },
    /** Nothing more happens. */
    rest(): void {
      wait(1_000_000);
      while (state.sounds[0]) take({ kind: 'sounded', sound: state.sounds[0].id, at });
      expect(state.turn).toBeUndefined();
      expect(arriving.size).toBe(0);
      expect(state.servers.filter(({ incoming }) => incoming)).toEqual([]);
    },
  };
};

const isPlayedFor =
  (server: number) =>
  (action: SatelliteAction): boolean =>
    action.kind === 'send' && action.server === server && action.message.type === 'played';

describe('Whatever happens, and in whatever order', () => {
  test('nothing is streamed while muted or paused, each sound is played once, and everything comes to an end', () => {
    fc.assert(
      fc.property(happenings, (all) => {
        const observed = observer();
        for (const one of all) observed.happen(one);
        observed.rest();
      }),
      { numRuns: 3_000 },
    );
  });
});
