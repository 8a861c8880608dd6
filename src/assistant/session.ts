import type { Audio, Detection, Transcript, TurnContext, WakeDetector } from '../stages.js';
import { timeLimit } from '../time-limit.js';
import type { Timeline } from '../timeline/timeline.js';
import type { Milliseconds, SampleIndex, Seconds } from '../units.js';
import type { TurnSettings } from './machine.js';
import { type OnFault, runTurn, type TurnResult, type TurnStages } from './turn.js';

/** Sound as it is remembered: read from any moment of the recent past. */
export interface Listening {
  read(from: SampleIndex, signal: AbortSignal): Audio;
  /** The position of the next sample to come. */
  readonly now: SampleIndex;
}

export interface Session {
  readonly listening: Listening;
  readonly detect: WakeDetector;
  /** The stages of the persona that a wake word calls. */
  readonly stagesOf: (word: string) => TurnStages;
  readonly context: TurnContext;
  readonly settings: TurnSettings;
  /** How long one may go on without a wake word after an answer; default 0. Without it, only questions are waited on. */
  readonly followUp?: Seconds;
  /** Where the wake word ends, and with it where the turn begins to listen. */
  readonly wordEnd: (detection: Detection, listening: Listening, signal: AbortSignal) => Promise<SampleIndex>;
  readonly signal: AbortSignal;
  /** An empty timeline on the clock of this sound. */
  readonly timeline: () => Timeline;
  readonly onWake?: (detection: Detection) => void;
  readonly onTurn: (result: TurnResult, detection: Detection) => void;
  readonly onTranscript?: (transcript: Transcript) => void;
  /** The turns that a wake word led to are over. */
  readonly onQuiet?: (detection: Detection) => void;
  readonly onFault: OnFault;
}

/** No turn lasts longer, whatever hangs in it: then it counts as interrupted. */
const TURN_LIMIT: Milliseconds = 180_000;
/** An answer that asks back is listened to so often before the persona gives up. */
const MOST_FOLLOW_UPS = 3;
/** A talk without a wake word has an end, whoever it is that goes on: it may be a television. */
const LONGEST_TALK = 20;

/**
 * Waits for wake words and runs a turn for each. A wake word during a turn interrupts it and begins the next one.
 * Ends when the sound ends, after the turn that is in progress, or when the signal is aborted.
 */
export const holdSession = async (session: Session): Promise<void> => {
  let current: { readonly interrupt: AbortController; readonly done: Promise<void> } | undefined;
  const { listening, signal } = session;
  try {
    for await (const detection of session.detect(listening.read(listening.now, signal), signal)) {
      session.onWake?.(detection);
      current?.interrupt.abort();
      await current?.done;
      const interrupt = new AbortController();
      const done = answer(session, detection, AbortSignal.any([signal, interrupt.signal]));
      current = { interrupt, done: done.finally(() => session.onQuiet?.(detection)) };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await current?.done;
  }
};

const answer = async (session: Session, detection: Detection, signal: AbortSignal): Promise<void> => {
  const stages = session.stagesOf(detection.word);
  let from: SampleIndex;
  const woken = session.timeline();
  woken.mark('wake', detection.at);
  try {
    from = await session.wordEnd(detection, session.listening, signal);
  } catch (error) {
    if (signal.aborted) return;
    throw error;
  }
  const { followUp = 0, settings } = session;
  let questions = 0;
  /** Nobody asked for what is listened to now. */
  let unasked = false;
  for (let turn = 0; turn <= LONGEST_TALK; turn++) {
    using limit = timeLimit(TURN_LIMIT, signal);
    const limited = limit.signal;
    const result = await runTurn(stages, session.listening.read(from, limited), {
      from,
      followUp: turn > 0,
      context: session.context,
      settings: unasked ? { ...settings, listenTimeout: followUp * 1000 } : settings,
      timeline: turn > 0 ? session.timeline() : woken,
      signal: limited,
      onFault: session.onFault,
      ...(session.onTranscript && { onTranscript: session.onTranscript }),
    });
    // A silence that nobody broke is no turn.
    if (!unasked || result.said !== undefined || result.reason === 'failed') session.onTurn(result, detection);
    if (signal.aborted) return;
    questions = result.expectsAnswer ? questions + 1 : 0;
    if (questions > MOST_FOLLOW_UPS) return;
    unasked = !result.expectsAnswer;
    if (unasked && !(followUp > 0 && mayGoOn(result))) return;
    from = session.listening.now;
  }
};

/** Whether somebody may want to say more to that: not to what was never answered, nor where silence was asked for. */
const mayGoOn = ({ reason, replies, understanding }: TurnResult): boolean =>
  reason === 'answered' &&
  replies.length > 0 &&
  understanding !== undefined &&
  understanding.kind !== 'stop' &&
  understanding.kind !== 'nothing';
