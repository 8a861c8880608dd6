import type { Detection } from '../stages.js';
import type { Milliseconds } from '../units.js';
import { comesAfterHearing, type ExcuseKind, excuseOf } from './excuses.js';
import { cutSounds, queueSound } from './sounds.js';
import {
  andThen,
  currentServer,
  mayListen,
  type RunId,
  type SatelliteAction,
  type SatelliteSettings,
  type SatelliteState,
  type Server,
  type ServerId,
  type Step,
  serverOf,
  step,
  type Turn,
  type TurnPhase,
  withServer,
} from './state.js';

/** One turn after the other: from the wake word to the first sound of its answer. */

/**
 * A wake word or a button: whatever sounds is silenced, whatever goes on is given up, and the microphone goes up.
 *
 * Core (2026.11) does not hear a turn that takes the place of another one: the end of the old run marks the new one as ended,
 * and its audio is dropped. So where one may still be running, it is first asked for a pipeline that begins with an answer to
 * nothing: that ends the old run, and itself at once with an error. Then the way is clear.
 */
export const beginTurn = (
  state: SatelliteState,
  settings: SatelliteSettings,
  detection: Detection | undefined,
): Step => {
  if (!mayListen(state)) return step(state);
  const server = currentServer(state);
  if (!server) return andThen(cutSounds(state), (silent) => excuse(silent, 'not-connected'));
  const run = state.count + 1;
  return andThen(cutSounds(state), abandonTurn, (free) => {
    const replaces = serverOf(free, server.id)?.late !== undefined;
    const turn: Turn = {
      run,
      server: server.id,
      phase: 'clearing',
      since: free.now,
      accepted: false,
      replaces,
      ...(detection && { detection }),
    };
    const woken = step(
      { ...free, count: run, turn },
      { kind: 'tell', news: { kind: 'woken', run, ...(detection && { word: detection.word }) } },
    );
    if (!replaces) return andThen(woken, (next) => askForPipeline(next, settings));
    return andThen(woken, (next) => step(next, { kind: 'send', server: server.id, message: { type: 'no-pipeline' } }));
  });
};

/** How long the old run may take to end. */
const CLEARING: Milliseconds = 1_000;
/** Core's code for a pipeline that lacks what it begins with. */
const NO_PIPELINE = 'validation-error';

/**
 * The way is clear. Core refuses a wake word that it was told less than 2 s ago, since two satellites may have heard the same
 * one. When somebody corrects himself within that time it is for us alone, and a detection without a name is never refused.
 */
const askForPipeline = (state: SatelliteState, settings: SatelliteSettings): Step => {
  const { turn } = state;
  if (turn?.phase !== 'clearing') return step(state);
  const { run, server, detection } = turn;
  const woken = state.woken.filter(({ at }) => state.now - at < settings.cooldown);
  const name = woken.some(({ word }) => word === detection?.word) ? undefined : detection?.word;
  return step(
    {
      ...state,
      turn: { ...turn, phase: 'streaming', since: state.now },
      // What was not said does not lengthen Core's cooldown.
      woken: name === undefined ? woken : [...woken, { word: name, at: state.now }],
    },
    // Said without a name as well: Core remembers the last one until its run ends.
    { kind: 'send', server, message: { type: 'detection', ...(name !== undefined && { name }) } },
    { kind: 'send', server, message: { type: 'run-pipeline' } },
    { kind: 'stream', run, server, ...(detection && { detection }) },
  );
};

/** Nothing more goes up. */
const stopStream = (state: SatelliteState): Step =>
  state.turn?.phase === 'streaming' ? step(state, { kind: 'stopStream', run: state.turn.run }) : step(state);

const enter = (state: SatelliteState, turn: Turn, phase: TurnPhase): Step =>
  andThen(phase === 'streaming' ? step(state) : stopStream(state), (stopped) =>
    step({ ...stopped, turn: { ...turn, phase, since: state.now } }),
  );

/** The turn is over. */
const leaveTurn = (state: SatelliteState): Step => andThen(stopStream(state), ({ turn: _, ...rest }) => step(rest));

/** The turn is over for us; the server may go on with it, for neither a text nor a sound on its way is called back. */
export const abandonTurn = (state: SatelliteState): Step => {
  const server = state.turn && serverOf(state, state.turn.server);
  return leaveTurn(server ? withServer(state, { ...server, late: state.now }) : state);
};

/** What was late has come, or never will. */
const nothingLate = (state: SatelliteState, from: ServerId): SatelliteState => {
  const server = serverOf(state, from);
  if (server?.late === undefined) return state;
  const { late: _, ...rest } = server;
  return withServer(state, rest);
};

/** It was all said. */
export const endSpeech = (state: SatelliteState, run: RunId): Step => {
  const { turn } = state;
  if (turn?.run !== run || turn.phase !== 'streaming') return step(state);
  return andThen(enter(state, turn, 'waiting'), (waiting) =>
    step(waiting, { kind: 'send', server: turn.server, message: { type: 'audio-stop' } }),
  );
};

/** A muted microphone ends the speech, for the server as well. What it makes of the beginning may still be heard. */
export const muteTurn = (state: SatelliteState): Step =>
  state.turn === undefined ? step(state) : andThen(endSpeech(state, state.turn.run), abandonTurn);

type Progress = 'transcribe' | 'voice-stopped' | 'transcript' | 'synthesize';

/** What a server says about the turn. Until it has accepted this one, it may be about the one before. */
export const progress = (state: SatelliteState, from: ServerId, what: Progress): Step => {
  const { turn } = state;
  if (turn?.server !== from || turn.phase === 'clearing') return step(state);
  if (what === 'transcribe') return step({ ...state, turn: { ...turn, accepted: true } });
  if (!turn.accepted && turn.replaces) return step(state);
  if (what === 'voice-stopped') return turn.phase === 'streaming' ? enter(state, turn, 'waiting') : step(state);
  return enter(state, { ...turn, accepted: true }, what === 'transcript' ? 'thinking' : 'answering');
};

/**
 * Whose the sound is that begins to arrive. With it, a turn is over: it is the answer, or Core has broken the turn off for
 * an announcement. While one still speaks it may also be the answer of a turn that was given up.
 */
export const claimSound = (
  state: SatelliteState,
  from: ServerId,
): { readonly wanted: 'answer' | 'announcement' | 'stale' } & Step => {
  const { turn } = state;
  const clear = nothingLate(state, from);
  if (turn?.server !== from) return { wanted: 'announcement', ...step(clear) };
  if (turn.phase === 'thinking' || turn.phase === 'answering') return { wanted: 'answer', ...leaveTurn(clear) };
  if (!turn.accepted || turn.replaces) return { wanted: 'stale', ...step(clear) };
  return { wanted: 'announcement', ...leaveTurn(clear) };
};

/** Core has refused or given up. */
export const failTurn = (
  state: SatelliteState,
  from: ServerId,
  { code, text }: { readonly code?: string; readonly text: string },
  settings: SatelliteSettings,
): Step => {
  if (state.turn?.server === from && state.turn.phase === 'clearing') {
    return code === NO_PIPELINE ? askForPipeline(state, settings) : step(state);
  }
  const kind = excuseOf(code);
  const news: SatelliteAction = {
    kind: 'tell',
    news: { kind: 'trouble', excuse: kind, text, ...(code !== undefined && { code }) },
  };
  const { turn } = state;
  const ours = turn?.server === from && !(turn.replaces && !turn.accepted && comesAfterHearing(kind));
  if (!ours) return step(nothingLate(state, from), news);
  return andThen(step(state, news), leaveTurn, (idle) => queueSound(idle, { from: 'excuse', excuse: kind }));
};

/** A command without an answer is done in silence: after so long nobody expects one. */
const UNANSWERED: Milliseconds = 10_000;

/** A Core that stops pauses its satellites, and is gone at once. */
const FAREWELL: Milliseconds = 1_000;

/** A server is gone, and with it its turn. */
export const loseTurn = (state: SatelliteState, server: Server): Step => {
  const { turn } = state;
  if (turn?.server !== server.id) {
    const left = server.paused && server.late !== undefined && state.now - server.late < FAREWELL;
    return left ? excuse(state, 'connection-lost') : step(state);
  }
  const quiet = turn.phase === 'thinking' && state.now - turn.since > UNANSWERED;
  return andThen(leaveTurn(state), (idle) => (quiet ? step(idle) : excuse(idle, 'connection-lost')));
};

const excuse = (state: SatelliteState, kind: ExcuseKind): Step =>
  andThen(step(state, { kind: 'tell', news: { kind: 'trouble', excuse: kind } }), (told) =>
    queueSound(told, { from: 'excuse', excuse: kind }),
  );

/** Until when the turn may stay as it is. */
export const turnDue = ({ turn }: SatelliteState, settings: SatelliteSettings): Milliseconds => {
  if (!turn) return Number.POSITIVE_INFINITY;
  switch (turn.phase) {
    case 'clearing':
      return turn.since + CLEARING;
    case 'streaming':
      return turn.since + (turn.accepted ? settings.listenLimit : Math.min(settings.acceptLimit, settings.listenLimit));
    case 'waiting':
    case 'answering':
      return turn.since + settings.answerLimit;
    case 'thinking':
      return turn.since + settings.thinkLimit;
  }
};

/** The turn has stayed too long as it is. */
export const expireTurn = (state: SatelliteState, settings: SatelliteSettings): Step => {
  const { turn } = state;
  if (!turn || turnDue(state, settings) > state.now) return step(state);
  if (turn.phase === 'clearing') return askForPipeline(state, settings);
  if (turn.phase === 'streaming' && turn.accepted) return endSpeech(state, turn.run);
  return andThen(abandonTurn(state), (idle) => (turn.phase === 'thinking' ? step(idle) : excuse(idle, 'no-answer')));
};
