import { Fault } from '../faults.js';
import type { Audio, Block, Endpointer, SpeechEvent } from '../stages.js';
import { CAPTURE_RATE, type Milliseconds, type Samples, type Seconds, toSamples } from '../units.js';
import { captured, type Frame, framer } from '../voice-detector/capture.js';
import { openVoiceDetector, VOICE_FRAME, type VoiceDetector } from '../voice-detector/silero.js';
import { close, type EndpointRules, initial, type Moment, step } from './machine.js';

export interface EndpointOptions {
  /** Silence that ends a segment for good; 1000 ms by default. */
  readonly finalSilence?: Milliseconds;
  /** Greatest length of a segment from its first sound; 15 s by default. */
  readonly maxCommand?: Seconds;
  /** Sound from before the first sound that a segment begins with; 300 ms by default. */
  readonly lookBack?: Milliseconds;
  /** Shorter sounds than this start nothing; 96 ms by default. */
  readonly minSpeech?: Milliseconds;
  /** Speech probability, 0…1, from which a frame is speech; 0.5 by default. */
  readonly enter?: number;
  /** Speech probability, 0…1, below which speech has paused; 0.35 by default. */
  readonly leave?: number;
}

/**
 * 24 ms. silero's probability falls below 0.35 in the frame that ends 52 ms after the sound's end at the median, so the
 * last frame of speech ends 20 ms after it; the first begins 28 ms after the sound's beginning (195 recordings of
 * words, labelled by energy 9 dB above their noise; the middle half of lastSound's errors spans 70 ms).
 */
const LAG: Samples = 384;

/**
 * Loads the voice detector (silero VAD v5) from the file `model` and gives the end-of-speech detector. It works on
 * this thread, 0.1 ms a frame of 32 ms. Any number of streams at once share the model. Throws a `Fault`: 'usage'
 * for an option out of range, 'model' for a file that is missing or another.
 */
export const openEndpointer = async ({
  model,
  threads = 1,
  options = {},
}: {
  readonly model: string;
  readonly threads?: number;
  readonly options?: EndpointOptions;
}): Promise<{ readonly endpoint: Endpointer; close(): Promise<void> }> => {
  const rules = rulesOf(options);
  const lookBack = toSamples(options.lookBack ?? 300);
  const detector = await openVoiceDetector(model, { threads });
  return {
    endpoint: (microphone, signal) => speechEvents(microphone, signal, detector, rules, lookBack),
    close: () => detector.close(),
  };
};

async function* speechEvents(
  microphone: Audio,
  signal: AbortSignal,
  detector: VoiceDetector,
  rules: EndpointRules,
  lookBack: Samples,
): AsyncGenerator<SpeechEvent> {
  const voice = detector.stream();
  const frames = framer(VOICE_FRAME);
  let before: Frame[] = []; // What no segment has had, since the last gap and as far back as one may want it.
  let state = initial;

  /** The moments as events, with the sound of `frame` in its place. */
  function* told(moments: readonly Moment[], frame: Block): Generator<SpeechEvent> {
    for (const moment of moments) {
      if (moment.kind === 'sound') {
        yield { kind: 'audio', segment: moment.segment, block: { samples: frame.samples, from: frame.from } };
        continue;
      }
      yield moment;
      if (moment.kind !== 'started') continue;
      for (const { samples, from } of before) {
        if (from + samples.length <= moment.at - lookBack) continue;
        yield { kind: 'audio', segment: moment.segment, block: { samples, from } };
      }
      before = [];
    }
  }

  for await (const block of captured(microphone, signal)) {
    for (const frame of frames.push(block)) {
      if (frame.fresh) {
        voice.reset();
        before = [];
      }
      const probability = await voice.probability(frame.samples);
      const to = frame.from + VOICE_FRAME;
      const next = step(state, { from: frame.from, to, probability, fresh: frame.fresh }, rules);
      state = next.state;
      yield* told(next.moments, frame);
      if (!next.moments.some(({ kind }) => kind === 'sound')) {
        before.push(frame);
        while (before[0]!.from < to - (lookBack + rules.lag + rules.minSpeech + 2 * VOICE_FRAME)) before.shift();
      }
      signal.throwIfAborted();
    }
  }
  const rest = frames.rest();
  if (rest && state.phase !== 'quiet') {
    state = { ...state, heard: rest.from + rest.samples.length };
    yield* told([{ kind: 'sound', segment: state.segment }], rest);
  }
  yield* close(state);
}

const rulesOf = (options: EndpointOptions): EndpointRules => {
  const { finalSilence = 1000, maxCommand = 15, lookBack = 300, minSpeech = 96, enter = 0.5, leave = 0.35 } = options;
  const wrong = (message: string): Fault =>
    new Fault('usage', message, { hint: 'Correct the options for the end of speech.' });
  const durations = { finalSilence, lookBack, minSpeech };
  for (const [name, value] of Object.entries(durations)) {
    if (!(value >= 0 && value <= 10_000)) throw wrong(`${name} must lie between 0 and 10,000 ms, not ${value}.`);
  }
  if (!(maxCommand >= 1 && maxCommand <= 60))
    throw wrong(`max_command must lie between 1 and 60 s, not ${maxCommand}.`);
  if (!(leave > 0 && leave <= enter && enter <= 1)) {
    throw wrong(`The voice detector's probabilities must be 0 < leave ≤ enter ≤ 1, not ${leave} and ${enter}.`);
  }
  return {
    enter,
    leave,
    minSpeech: toSamples(minSpeech),
    finalSilence: toSamples(finalSilence),
    maxCommand: Math.round(maxCommand * CAPTURE_RATE),
    lag: LAG,
  };
};
