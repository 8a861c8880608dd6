import type { Detection } from '../stages.js';
import type { Milliseconds, Seconds } from '../units.js';
import type { ExcuseKind } from './excuses.js';

/**
 * What a Wyoming satellite knows and can be told: the vocabulary of `machine.ts`. A *server* is a connection on which
 * `run-satellite` was said, which is what Home Assistant's Core does with the one connection that it keeps.
 */

/** Numbers connections in the order in which they were made. */
export type ServerId = number;
export type RunId = number;
export type SoundId = number;

export interface SatelliteSettings {
  /** Until the server says that it listens (`transcribe`). 10 s by default. */
  readonly acceptLimit: Milliseconds;
  /** The longest command; then it is sent off as it is. 30 s by default. */
  readonly listenLimit: Milliseconds;
  /** From the end of a command to its transcript, and from the answer's text to its sound. 20 s by default. */
  readonly answerLimit: Milliseconds;
  /**
   * From the transcript to the answer's text. Nothing is said when it is over, for a command may be carried out without an
   * answer: Core then sends nothing at all after the transcript. 60 s by default.
   */
  readonly thinkLimit: Milliseconds;
  /** Longest pause in a sound that arrives; then what has come of it is all. 30 s by default. */
  readonly soundLimit: Milliseconds;
  /** How long Core refuses a wake word after it was heard; ours is not refused then, see `machine.ts`. 2 s in Core. */
  readonly cooldown: Milliseconds;
}

export const DEFAULT_SETTINGS: SatelliteSettings = {
  acceptLimit: 10_000,
  listenLimit: 30_000,
  answerLimit: 20_000,
  thinkLimit: 60_000,
  soundLimit: 30_000,
  cooldown: 2_500,
};

/** Servers at once; more than a house with two Homes Assistants that are both restarting will ever have. */
export const MOST_SERVERS = 8;
/** Sounds that wait to be heard, the one that is being heard included. */
export const MOST_SOUNDS = 4;
export const MOST_TIMERS = 50;

/** What a server says, as far as it matters here. */
export type Told =
  | { readonly type: 'run-satellite' }
  | { readonly type: 'pause-satellite' }
  | { readonly type: 'ping' }
  /** It wants a turn as if the wake word had been said. */
  | { readonly type: 'run-pipeline' }
  | { readonly type: 'transcribe' }
  | { readonly type: 'voice-started' }
  | { readonly type: 'voice-stopped' }
  | { readonly type: 'transcript'; readonly text: string }
  | { readonly type: 'synthesize'; readonly text: string }
  | { readonly type: 'audio-start' }
  | { readonly type: 'audio-chunk' }
  | { readonly type: 'audio-stop' }
  | { readonly type: 'error'; readonly text: string; readonly code?: string }
  | { readonly type: 'timer-started'; readonly id: string; readonly seconds: Seconds; readonly name?: string }
  | { readonly type: 'timer-updated'; readonly id: string; readonly seconds: Seconds; readonly active: boolean }
  | { readonly type: 'timer-cancelled'; readonly id: string }
  | { readonly type: 'timer-finished'; readonly id: string };

export type SatelliteInput = { readonly at: Milliseconds } & (
  | { readonly kind: 'told'; readonly server: ServerId; readonly message: Told }
  | { readonly kind: 'closed'; readonly server: ServerId }
  /** It would send more of its sound, but we do not read. */
  | { readonly kind: 'heldBack'; readonly server: ServerId }
  /** A wake word; without one, somebody has pressed a button. */
  | { readonly kind: 'woken'; readonly detection?: Detection }
  /** Nothing more is said in this turn, by our own judgement. */
  | { readonly kind: 'spoken'; readonly run: RunId }
  /** A sound has been heard to its end, or could not be. */
  | { readonly kind: 'sounded'; readonly sound: SoundId }
  | { readonly kind: 'mute'; readonly on: boolean }
  /** Whatever sounds shall stop. */
  | { readonly kind: 'hush' }
  /** Time has passed: `due` has come. */
  | { readonly kind: 'tick' }
);

export interface SatelliteTimer {
  readonly id: string;
  readonly name?: string;
  /** As it was asked for. */
  readonly seconds: Seconds;
  /** When it will be over; undefined while it is paused. */
  readonly ends: Milliseconds | undefined;
}

/** Why something sounds. An answer belongs to a turn; an announcement comes by itself. */
export type SoundSource =
  | { readonly from: 'answer' | 'announcement'; readonly server: ServerId }
  | { readonly from: 'excuse'; readonly excuse: ExcuseKind }
  | { readonly from: 'alarm'; readonly timer: SatelliteTimer };

export interface Sound {
  readonly id: SoundId;
  readonly source: SoundSource;
}

/** What may be of interest outside: lights, automations, a log. */
export type SatelliteNews =
  | { readonly kind: 'woken'; readonly run: RunId; readonly word?: string }
  | { readonly kind: 'voice'; readonly speaking: boolean }
  | { readonly kind: 'transcript'; readonly text: string }
  | { readonly kind: 'answer'; readonly text: string }
  /** Trouble that Core reports, or that we see ourselves. */
  | { readonly kind: 'trouble'; readonly excuse: ExcuseKind; readonly code?: string; readonly text?: string }
  | {
      readonly kind: 'timer';
      readonly change: 'started' | 'updated' | 'cancelled' | 'finished';
      readonly timer: SatelliteTimer;
    };

export type SatelliteAction =
  | { readonly kind: 'send'; readonly server: ServerId; readonly message: Said }
  | { readonly kind: 'close'; readonly server: ServerId }
  /** Send the microphone from the end of the wake word, or from now. */
  | { readonly kind: 'stream'; readonly run: RunId; readonly server: ServerId; readonly detection?: Detection }
  | { readonly kind: 'stopStream'; readonly run: RunId }
  /** Keep what this server sends as a sound. */
  | { readonly kind: 'open'; readonly sound: SoundId }
  /** The chunk of this input belongs to a sound. */
  | { readonly kind: 'feed'; readonly sound: SoundId }
  /** All of it has arrived. */
  | { readonly kind: 'end'; readonly sound: SoundId }
  | { readonly kind: 'play'; readonly sound: Sound }
  /** Stop it if it sounds, forget it in any case. */
  | { readonly kind: 'silence'; readonly sound: SoundId }
  /** Whether wake words are listened for. */
  | { readonly kind: 'listen'; readonly on: boolean }
  | { readonly kind: 'tell'; readonly news: SatelliteNews };

/** What a satellite says of itself. */
export type Said =
  | { readonly type: 'detection'; readonly name?: string }
  | { readonly type: 'run-pipeline' }
  /** A pipeline that cannot be run, see `beginTurn`. */
  | { readonly type: 'no-pipeline' }
  | { readonly type: 'audio-stop' }
  | { readonly type: 'played' };

/** Sound that arrives: a part of `sound`, or of nothing that will be heard. */
export interface Incoming {
  readonly sound?: SoundId;
  /** It was refused, and `played` is owed at its end, so that the server does not wait. */
  readonly owed: boolean;
  readonly at: Milliseconds;
}

export interface Server {
  readonly id: ServerId;
  readonly paused: boolean;
  /** Pings since it paused. */
  readonly pings: number;
  /** When we gave up a turn that it may still be working on, or answer. */
  readonly late?: Milliseconds;
  readonly incoming?: Incoming;
}

/**
 * `clearing`: the server is made to forget the turn before. `streaming`: the microphone goes up. `waiting`: it has all of it, no transcript yet. `thinking`: it has understood.
 * `answering`: the answer's text is known, not its sound. With the sound the turn is over.
 */
export type TurnPhase = 'clearing' | 'streaming' | 'waiting' | 'thinking' | 'answering';

export interface Turn {
  readonly run: RunId;
  readonly server: ServerId;
  readonly phase: TurnPhase;
  readonly since: Milliseconds;
  /** The wake word, where there was one. */
  readonly detection?: Detection;
  /** The server has said `transcribe`: what it says from here on is about this turn. */
  readonly accepted: boolean;
  /** It follows a turn that was given up, whose answer may still come. */
  readonly replaces: boolean;
}

export interface SatelliteState {
  readonly now: Milliseconds;
  /** Those that are ready for us; the last to come is the one we talk to. */
  readonly servers: readonly Server[];
  /** By a switch of our own. */
  readonly muted: boolean;
  readonly turn?: Turn;
  /** The first is being heard. */
  readonly sounds: readonly Sound[];
  readonly timers: readonly SatelliteTimer[];
  /** Timers that were rung without the server's word; it may still come. */
  readonly rung: readonly string[];
  /** Wake words that servers were told a moment ago. */
  readonly woken: readonly { readonly word: string; readonly at: Milliseconds }[];
  /** Of runs and sounds so far. */
  readonly count: number;
}

export const initialState: SatelliteState = {
  now: 0,
  servers: [],
  muted: false,
  sounds: [],
  timers: [],
  rung: [],
  woken: [],
  count: 0,
};

export interface Step {
  readonly state: SatelliteState;
  readonly actions: readonly SatelliteAction[];
}

/** A step in which nothing happens but what is said. */
export const step = (state: SatelliteState, ...actions: readonly SatelliteAction[]): Step => ({ state, actions });

/** One step after the other. */
export const andThen = (first: Step, ...following: readonly ((state: SatelliteState) => Step)[]): Step => {
  let { state, actions } = first;
  for (const next of following) {
    const then = next(state);
    state = then.state;
    if (then.actions.length > 0) actions = [...actions, ...then.actions];
  }
  return { state, actions };
};

/** The server that turns go to. */
export const currentServer = (state: SatelliteState): Server | undefined => state.servers.at(-1);

export const serverOf = (state: SatelliteState, id: ServerId): Server | undefined =>
  state.servers.find((server) => server.id === id);

export const withServer = (state: SatelliteState, changed: Server): SatelliteState => ({
  ...state,
  servers: state.servers.map((server) => (server.id === changed.id ? changed : server)),
});

/** Whether anybody may be listened to. */
export const mayListen = (state: SatelliteState): boolean => !state.muted && currentServer(state)?.paused !== true;
