import type { Milliseconds } from '../units.js';
import { beginIncoming, cutSounds, endIncoming, feedIncoming, finishSound } from './sounds.js';
import {
  andThen,
  currentServer,
  MOST_SERVERS,
  mayListen,
  type SatelliteInput,
  type SatelliteSettings,
  type SatelliteState,
  type Server,
  type ServerId,
  type Step,
  serverOf,
  step,
  type Told,
  withServer,
} from './state.js';
import { heardOfTimer, nextRing, ringOverdue } from './timers.js';
import {
  abandonTurn,
  beginTurn,
  claimSound,
  endSpeech,
  expireTurn,
  failTurn,
  loseTurn,
  muteTurn,
  progress,
  turnDue,
} from './turns.js';

/**
 * The decisions of a Wyoming satellite that a server drives. Pure; time comes with every input, and with a `tick` when
 * `due` has come. What the actions do is `satellite.ts`'s.
 *
 * Core keeps one connection with `run-satellite` on it, and comes back with another one when it believes that the first is
 * dead. The newest is the one we talk to; an older one that still lives is not thrown out, or two Homes Assistants with the
 * same satellite would throw each other out for ever, and has its turn again when the newer one leaves.
 */
export const stepSatellite = (state: SatelliteState, input: SatelliteInput, settings: SatelliteSettings): Step => {
  const listened = mayListen(state);
  const taken = take({ ...state, now: Math.max(state.now, input.at) }, input, settings);
  return andThen(taken, (after) => {
    const listens = mayListen(after);
    return step(after, ...(listens === listened ? [] : [{ kind: 'listen', on: listens } as const]));
  });
};

/** When a `tick` is due; never is infinity. */
export const due = (state: SatelliteState, settings: SatelliteSettings): Milliseconds =>
  Math.min(turnDue(state, settings), nextRing(state), soundDue(state, settings));

const soundDue = ({ servers }: SatelliteState, { soundLimit }: SatelliteSettings): Milliseconds =>
  servers.reduce(
    (next, { incoming }) => (incoming ? Math.min(next, incoming.at + soundLimit) : next),
    Number.POSITIVE_INFINITY,
  );

const take = (state: SatelliteState, input: SatelliteInput, settings: SatelliteSettings): Step => {
  switch (input.kind) {
    case 'told':
      return told(state, input.server, input.message, settings);
    case 'closed':
      return lose(state, input.server);
    case 'heldBack':
      return step(feedIncoming(state, input.server).state);
    case 'woken':
      return beginTurn(state, settings, input.detection);
    case 'spoken':
      return endSpeech(state, input.run);
    case 'sounded':
      return finishSound(state, input.sound);
    case 'mute':
      return input.on ? muteTurn({ ...state, muted: true }) : step({ ...state, muted: false });
    case 'hush':
      return cutSounds(state);
    case 'tick':
      return andThen(
        expireTurn(state, settings),
        ringOverdue,
        ...state.servers
          .filter(({ incoming }) => incoming && incoming.at + settings.soundLimit <= state.now)
          .map(
            ({ id }) =>
              (before: SatelliteState) =>
                endIncoming(before, id),
          ),
      );
  }
};

const told = (state: SatelliteState, from: ServerId, message: Told, settings: SatelliteSettings): Step => {
  if (message.type === 'run-satellite') return run(state, from);
  const server = serverOf(state, from);
  if (!server) return step(state);
  switch (message.type) {
    case 'pause-satellite':
      // Core ends the speech itself, and reads no more until it is unmuted.
      return andThen(step(withServer(state, { ...server, paused: true, pings: 0 })), (paused) =>
        paused.turn?.server === from ? abandonTurn(paused) : step(paused),
      );
    case 'ping':
      return pinged(state, server);
    case 'run-pipeline':
      return currentServer(state)?.id === from ? beginTurn(state, settings, undefined) : step(state);
    case 'voice-started':
      return step(state, { kind: 'tell', news: { kind: 'voice', speaking: true } });
    case 'voice-stopped':
      return andThen(progress(state, from, message.type), (after) =>
        step(after, { kind: 'tell', news: { kind: 'voice', speaking: false } }),
      );
    case 'transcribe':
      return progress(state, from, message.type);
    case 'transcript':
      return andThen(progress(state, from, message.type), (after) =>
        step(after, { kind: 'tell', news: { kind: 'transcript', text: message.text } }),
      );
    case 'synthesize':
      return andThen(progress(state, from, message.type), (after) =>
        step(after, { kind: 'tell', news: { kind: 'answer', text: message.text } }),
      );
    case 'audio-start': {
      const claimed = claimSound(state, from);
      return andThen(claimed, (after) => beginIncoming(after, from, claimed.wanted));
    }
    case 'audio-chunk':
      return feedIncoming(state, from);
    case 'audio-stop':
      return endIncoming(state, from);
    case 'error':
      return failTurn(state, from, message, settings);
    default:
      return heardOfTimer(state, message);
  }
};

/**
 * Core says nothing more once it is muted, but for a ping that was on its way. Who goes on has been unmuted: Core forgets to
 * say so when that is within 2 s (2026.11: it is still in the loop that it would have begun anew). Since nothing is heard
 * before `run-satellite` comes, the connection is closed, and Core makes another one.
 */
const pinged = (state: SatelliteState, server: Server): Step => {
  if (!server.paused) return step(state);
  const pings = server.pings + 1;
  return step(
    withServer(state, { ...server, pings }),
    ...(pings === 2 ? [{ kind: 'close', server: server.id } as const] : []),
  );
};

/** A server is ready for us. Whoever comes anew does not know of a turn any more. */
const run = (state: SatelliteState, from: ServerId): Step => {
  const known = serverOf(state, from);
  if (known) return step(withServer(state, { ...known, paused: false }));
  const before = currentServer(state);
  const surplus = state.servers.length < MOST_SERVERS ? undefined : state.servers[0]!.id;
  return andThen(
    before ? loseTurn(state, before) : step(state),
    (free) => (surplus === undefined ? step(free) : lose(free, surplus)),
    (free) =>
      step(
        { ...free, servers: [...free.servers, { id: from, paused: false, pings: 0 }] },
        ...(surplus === undefined ? [] : [{ kind: 'close', server: surplus } as const]),
      ),
  );
};

/** A connection is gone. What has come of a sound is still heard. */
const lose = (state: SatelliteState, id: ServerId): Step => {
  const server = serverOf(state, id);
  if (!server) return step(state);
  return andThen(endIncoming(state, id), (ended) =>
    loseTurn({ ...ended, servers: ended.servers.filter((one) => one.id !== id) }, server),
  );
};
