import fc from 'fast-check';
import { due, stepSatellite } from '../../src/satellite/machine.js';
import {
  DEFAULT_SETTINGS,
  initialState,
  type SatelliteAction,
  type SatelliteInput,
  type SatelliteState,
  type Told,
} from '../../src/satellite/state.js';

/** Plays inputs through the machine, as a test tells them. */
export const play = (settings = DEFAULT_SETTINGS) => {
  let state = initialState;
  let at = 0;
  const take = (input: Unstamped): readonly SatelliteAction[] => {
    const step = stepSatellite(state, { ...input, at } as SatelliteInput, settings);
    state = step.state;
    return step.actions;
  };
  return {
    get state(): SatelliteState {
      return state;
    },
    take,
    told: (message: Told, server = 1) => take({ kind: 'told', server, message }),
    woken: (word = 'hey_jarvis') => take({ kind: 'woken', detection: { word, score: 1, at: 16_000 } }),
    /** Lets time pass, with the ticks that are due. */
    wait(duration: number): readonly SatelliteAction[] {
      const until = at + duration;
      const actions: SatelliteAction[] = [];
      for (let next = due(state, settings); next <= until; next = due(state, settings)) {
        at = Math.max(at, next);
        actions.push(...take({ kind: 'tick' }));
      }
      at = until;
      return actions;
    },
  };
};

type Unstamped = SatelliteInput extends infer Input ? (Input extends unknown ? Omit<Input, 'at'> : never) : never;

/** What an action is, in short: `send played`, `play answer`, `stopStream`. */
export const inShort = (actions: readonly SatelliteAction[]): readonly string[] =>
  actions.map((action) => {
    switch (action.kind) {
      case 'send':
        return `send ${action.message.type}`;
      case 'play':
        return `play ${action.sound.source.from}${action.sound.source.from === 'excuse' ? ` ${action.sound.source.excuse}` : ''}`;
      case 'tell':
        return `tell ${action.news.kind}`;
      case 'listen':
        return `listen ${action.on}`;
      default:
        return action.kind;
    }
  });

/** A satellite that a server is ready for. */
export const running = () => {
  const satellite = play();
  satellite.told({ type: 'run-satellite' });
  return satellite;
};
export type Playing = ReturnType<typeof running>;

/** A turn up to its transcript. */
export const asked = (satellite: Playing = running()): Playing => {
  satellite.woken();
  satellite.told({ type: 'transcribe' });
  satellite.told({ type: 'transcript', text: 'how are you' });
  return satellite;
};

export const tell = (satellite: Playing, ...types: readonly ('audio-start' | 'audio-chunk' | 'audio-stop')[]) =>
  types.flatMap((type) => inShort(satellite.told({ type })));

export const started = ['send detection', 'send run-pipeline', 'stream'];
/** What Core says to a pipeline that cannot be run. */
export const cleared: Told = {
  type: 'error',
  text: 'tts_input is required for text-to-speech',
  code: 'validation-error',
};

export const error = (code: string): Told => ({ type: 'error', text: 'Trouble.', code });

const id = fc.constantFrom('pizza', 'eggs', 'tea');
const code = fc.constantFrom(
  'duplicate_wake_up_detected',
  'validation-error',
  'validation-error',
  'stt-no-text-recognized',
  'intent-failed',
  'new-in-2027',
);

const said: fc.Arbitrary<Told> = fc.oneof(
  fc.constantFrom<Told>(
    { type: 'run-satellite' },
    { type: 'run-satellite' },
    { type: 'pause-satellite' },
    { type: 'ping' },
    { type: 'run-pipeline' },
    { type: 'transcribe' },
    { type: 'voice-started' },
    { type: 'voice-stopped' },
    { type: 'transcript', text: 'turn on the lamp' },
    { type: 'synthesize', text: 'It burns.' },
    { type: 'audio-start' },
    { type: 'audio-start' },
    { type: 'audio-chunk' },
    { type: 'audio-stop' },
  ),
  code.map((code): Told => ({ type: 'error', text: 'No.', code })),
  fc.record({ type: fc.constant('timer-started' as const), id, seconds: fc.integer({ min: 0, max: 100 }) }),
  fc.record({
    type: fc.constant('timer-updated' as const),
    id,
    seconds: fc.integer({ min: 0, max: 100 }),
    active: fc.boolean(),
  }),
  fc.record({ type: fc.constantFrom('timer-cancelled' as const, 'timer-finished' as const), id }),
);

/** What may happen to a satellite; where it is about a run or a sound, mostly about the one there is. */
export type Happening =
  | Exclude<Unstamped, { kind: 'spoken' | 'sounded' }>
  | { readonly kind: 'spoken' | 'sounded'; readonly real: boolean }
  | { readonly kind: 'wait'; readonly duration: number };

const server = fc.constantFrom(1, 1, 1, 2, 3);
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('told' as const), server, message: said }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('closed' as const), server }) },
  {
    weight: 3,
    arbitrary: fc.oneof(
      fc.constant({ kind: 'woken' as const }),
      fc.constantFrom('hey_jarvis', 'alexa').map((word) => ({
        kind: 'woken' as const,
        detection: { word, score: 1, at: 16_000 },
      })),
    ),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('spoken' as const), real: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('sounded' as const), real: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mute' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'hush' as const }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), duration: fc.integer({ min: 0, max: 70_000 }) }),
  },
);

export const happenings = fc.array(happening, { minLength: 1, maxLength: 80 });
